import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.js';
import { mirrorAmong } from '../src/debian-release.js';

const PROGRAM = fileURLToPath(new URL('../dist/src/run-photographs.js', import.meta.url));

/** A machine with another release of Debian, which has one of the packages, in another version. */
const APT_GET = `#!/bin/sh
case "$*" in
*indextargets*) echo 'Debian Debian http://mirror.test/debian' ;;
*update) exit 0 ;;
*sources.list*xplanet-images) : > xplanet-images_1.3.1-4_all.deb ;;
*xplanet-images) : > xplanet-images_1.2.0-1_all.deb ;;
*) echo "E: Unable to locate package" >&2; exit 100 ;;
esac
`;
const DPKG_DEB = `#!/bin/sh
mkdir -p "$3/usr/share/xplanet/images" && cp "$EARTH" "$3/usr/share/xplanet/images/earth.jpg"
`;
const FAILING = `#!/bin/sh
echo 'no network' >&2; exit 1
`;

it.skipIf(process.platform === 'win32')(
  'takes packages of another Debian from the mirror of the machine, and goes on where one cannot be fetched',
  async () => {
    const root = await tempDir();
    const [bin, out, packages] = [join(root, 'bin'), join(root, 'out'), join(root, 'packages')];
    await mkdir(bin);
    const earth = join(root, 'earth.jpg');
    await sharp({ create: { width: 32, height: 24, channels: 3, background: '#246' } })
      .jpeg()
      .toFile(earth);
    const programs = { 'apt-get': APT_GET, 'dpkg-deb': DPKG_DEB, npm: FAILING, python3: FAILING };
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(join(bin, name), script, { mode: 0o755 });
    }
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, EARTH: earth };
    const args = [PROGRAM, '--out', out, '--packages', packages, '--formula', '0'];
    const { code, told } = await new Promise<{ code: unknown; told: string[] }>((resolve) => {
      execFile(process.execPath, args, { env }, (fault, _, error) => {
        resolve({ code: fault?.code, told: error.trim().split('\n') });
      });
    });
    expect(code).toBe(1);
    expect(told[0]).toBe(
      'lite:photographs: fetchPackage: cannot fetch budgie-backgrounds: E: Unable to locate package. ' +
        'Is apt-get at hand, with a network, and does it know this package?',
    );
    expect(told.at(-1)).toMatch(
      /^lite:photographs: fetchPackage: cannot fetch all packages: there is no budgie-backgrounds, lomiri-wallpapers-16\.04, scikit-image, .*\. Mend that, and run it again: the others are kept\.$/,
    );
    expect(told.at(-1)).not.toContain('xplanet');
    expect(await readFile(join(out, 'sources.csv'), 'utf8')).toBe(
      'use,picture,package,version,file,licence,author\n' +
        'train,xplanet-images-earth,xplanet-images,1.3.1,earth.jpg,public domain,NASA\n',
    );
    const { width, height } = await sharp(join(out, 'train', 'xplanet-images-earth.png')).metadata();
    expect([width, height]).toEqual([32, 24]);
  },
);

it('finds the mirror of Debian among the sources of a machine', () => {
  const lines = 'Docker Docker http://docker.test/\nDebian Debian-Security http://a.test/debian-security\n';
  expect(mirrorAmong(lines)).toBeUndefined();
  expect(mirrorAmong(`${lines}Debian Debian http://a.test/debian\n`)).toBe('http://a.test/debian');
});
