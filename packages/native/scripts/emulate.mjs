/**
 * @module
 * Runs our operations (cpp/test/operations-test.cc) on processors that this machine is not: one with neither AVX2 nor FMA
 * and one with both by QEMU, which emulates no AVX-512, and one with AVX-512 by Bochs, which boots a Linux for it.
 * It needs Debian's packages qemu-user, bochs, bochs-term, grub-pc-bin, grub-common, xorriso, mtools, cpio and busybox-static,
 * and fetches a kernel by apt-get. It takes minutes.
 */
import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../dist/install/run-tool.js';
import { compileOperationsTest, runOrThrow, withScratch } from './operations-test.mjs';

/** As the binding is compiled, and without shared libraries, which the emulated machine lacks. The test counts threads itself. */
const FLAGS = ['-O3', '-ffp-contract=fast', '-fno-math-errno', '-static', '-Wl,-z,muldefs'];
/** Bochs lays out saved registers otherwise than it tells the kernel, which then takes AVX away; without these two it agrees. */
const KERNEL_OPTIONS =
  'console=ttyS0 quiet mitigations=off tsc=reliable lpj=1000000 clearcpuid=xsavec,xsaves';
const LAST_LINE = /^all operations ran.*/m;

await withScratch('check:processors', async (folder) => {
  const program = join(folder, 'operations-test');
  await compileOperationsTest(FLAGS, program);
  for (const [processor, vectors] of [
    ['SandyBridge', 'none'],
    ['Haswell', 'avx2'],
  ]) {
    report(processor, await runOrThrow('qemu-x86_64', ['-cpu', processor, program, vectors]));
  }
  report('Skylake-X', await runInBochs(folder, program, 'avx512f'));
});

/** @param {string} processor @param {string} output */
function report(processor, output) {
  const line = LAST_LINE.exec(output)?.[0];
  if (line === undefined) throw new Error(`${processor}: the test did not end:\n${output}`);
  process.stdout.write(`${processor}: ${line.trim()}\n`);
}

/**
 * @param {string} folder for its files @param {string} program @param {string} vectors that it must find
 * @returns {Promise<string>} what came out of the machine's serial line
 */
async function runInBochs(folder, program, vectors) {
  const disc = await makeDisc(folder, program, vectors);
  const serial = join(folder, 'serial.txt');
  const settings = join(folder, 'bochsrc');
  const start = join(folder, 'start');
  await writeFile(
    settings,
    `cpu: model=corei7_skylake_x, count=1, ips=100000000, ignore_bad_msrs=1
memory: guest=512, host=512
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=${disc}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=${serial}
display_library: term
log: ${join(folder, 'bochs.txt')}
panic: action=report
error: action=ignore
clock: sync=none
`,
  );
  await writeFile(start, 'c\n'); // Debian's Bochs waits in its debugger for the word to continue
  // It draws its screen on a terminal, which script(1) gives it. It says by no exit code how it ended. Long variables
  // of the environment overflow a buffer of it.
  const bochs = `env -i TERM=xterm bochs -q -f ${settings} -rc ${start}`;
  await runTool('script', ['-qfc', bochs, '/dev/null']);
  return readFile(serial, 'utf8');
}

/**
 * A disc that boots Debian's kernel, whose first program runs the test and switches the machine off.
 *
 * @param {string} folder @param {string} program @param {string} vectors
 */
async function makeDisc(folder, program, vectors) {
  const [files, boot] = [join(folder, 'initramfs'), join(folder, 'disc', 'boot')];
  await mkdir(join(boot, 'grub'), { recursive: true });
  await mkdir(join(files, 'proc'), { recursive: true });
  await copyFile(await fetchKernel(folder), join(boot, 'vmlinuz'));
  await copyFile('/bin/busybox', join(files, 'busybox'));
  await copyFile(program, join(files, 'operations-test'));
  await writeFile(
    join(files, 'init'),
    `#!/busybox sh\n/busybox mount -t proc proc /proc\n/operations-test ${vectors}\n/busybox poweroff -f\n`,
  );
  await chmod(join(files, 'init'), 0o755);
  await runOrThrow('sh', [
    '-c',
    `cd ${files} && find . | cpio -o -H newc --quiet > ${join(boot, 'initramfs')}`,
  ]);
  const entry = `linux /boot/vmlinuz ${KERNEL_OPTIONS}\n initrd /boot/initramfs`;
  await writeFile(join(boot, 'grub', 'grub.cfg'), `set timeout=0\nmenuentry test {\n ${entry}\n}\n`);
  const disc = join(folder, 'disc.iso');
  await runOrThrow('grub-mkrescue', ['-o', disc, join(folder, 'disc')]);
  return disc;
}

/** @param {string} folder @returns {Promise<string>} the file of the kernel that Debian builds for virtual machines */
async function fetchKernel(folder) {
  const depends = await runOrThrow('apt-cache', ['depends', 'linux-image-cloud-amd64']);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1] ?? 'linux-image-cloud-amd64';
  const kernel = join(folder, 'kernel');
  await runOrThrow('sh', [
    '-c',
    `cd ${folder} && apt-get download ${name} && dpkg-deb -x ${name}_*.deb ${kernel}`,
  ]);
  const files = await readdir(join(kernel, 'boot'));
  return join(kernel, 'boot', files.find((file) => file.startsWith('vmlinuz')) ?? 'vmlinuz');
}
