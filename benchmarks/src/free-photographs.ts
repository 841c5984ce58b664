/**
 * @module
 * Photographs that anybody may use for anything, by the package that carries them. Those to train on are in the public
 * domain or under CC0. Those to measure on are set aside as whole photographs; some of them are under CC BY, which asks for
 * attribution.
 */

/** A package and its photographs. */
export interface PhotographPackage {
  readonly manager: 'npm' | 'pip' | 'apt';
  readonly name: string;
  /** Version of the package; of `apt`, without the revision of the distribution, whose pictures are the same. */
  readonly version: string;
  /** Where the photographs are, in the unpacked package. */
  readonly folder: string;
  readonly photographs: readonly FreePhotograph[];
}

/** Upper left, upper right, lower left, lower right. */
type Quarter = 1 | 2 | 3 | 4;

/** One photograph. */
export interface FreePhotograph {
  /** File in the folder of the package. */
  readonly file: string;
  readonly licence: string;
  readonly author: string;
  readonly use: 'train' | 'measure';
  /**
   * Quarters that are taken besides the whole photograph, each scaled to the same size: 1 and 2 above, 3 and 4 below.
   * Those of mere sky or shadow are left out.
   */
  readonly quarters?: readonly Quarter[];
}

const ALL: readonly Quarter[] = [1, 2, 3, 4];

const CC0 = 'CC0 1.0';
const CC_BY_4 = 'CC BY 4.0';
const CC_BY_2 = 'CC BY 2.0';

/** Photographs of the Open Content Program of the J. Paul Getty Museum, one in each package of stdlib. */
function getty(subject: string, author: string, use: FreePhotograph['use'] = 'train'): PhotographPackage {
  return {
    manager: 'npm',
    name: `@stdlib/datasets-img-${subject}`,
    version: '0.2.3',
    folder: 'package/data',
    photographs: [{ file: 'image.jpg', licence: 'Getty Open Content, public domain', author, use }],
  };
}

function budgie(
  name: string,
  quarters: readonly Quarter[] = [],
  use: FreePhotograph['use'] = 'train',
): FreePhotograph {
  return { file: `${name}.jpg`, licence: CC0, author: 'Budgie Backgrounds', use, quarters };
}

function lomiri(file: string, author: string) {
  return { file: `${file}.jpg`, licence: CC_BY_4, author, use: 'measure' } as const;
}

/** Every photograph. The licence is what the package says of the file: in its documentation or `debian/copyright`. */
export const FREE_PHOTOGRAPHS: readonly PhotographPackage[] = [
  {
    manager: 'apt',
    name: 'budgie-backgrounds',
    version: '3.0',
    folder: 'usr/share/backgrounds/budgie',
    photographs: [
      budgie('abstract-spiral', [1, 2, 4]),
      budgie('beacon-street-sunset', [2, 3, 4]),
      budgie('blue-periwinkle', ALL),
      budgie('canyon-wren', [2, 3, 4]),
      budgie('extreme-desert-hike', [3, 4]),
      budgie('high-trestle-trail', [3, 4]),
      budgie('lake-sherburne', [1, 3, 4]),
      budgie('oakland-zoo-otters', ALL),
      budgie('ocean-waves', ALL),
      budgie('perched-osprey', ALL),
      budgie('piazza-gae-aulenti', [3]),
      budgie('roman-colosseum', ALL),
      budgie('saturnian-profile'),
      budgie('singaporean-cityscape', ALL),
      budgie('tea-gardens', [1, 3, 4]),
      budgie('waves-midnight'),
      budgie('casa-mila', [], 'measure'),
    ],
  },
  {
    manager: 'apt',
    name: 'lomiri-wallpapers-16.04',
    version: '20.04.0',
    folder: 'usr/share/backgrounds',
    photographs: [
      {
        file: 'seeding_by_Clements_Engelhardt.jpg',
        licence: CC0,
        author: 'Clemens Engelhardt',
        use: 'train',
        quarters: ALL,
      },
      lomiri('aitzgorri_by_Aitzol_Berasategi', 'Aitzol Berasategi'),
      lomiri('friends_by_Aitzol_Berasategi', 'Aitzol Berasategi'),
      lomiri('life_by_Aitzol_Berasategi', 'Aitzol Berasategi'),
      lomiri('picosdeeuropa_by_Aitzol_Berasategi', 'Aitzol Berasategi'),
      lomiri('sunset_by_Aitzol_Berasategi', 'Aitzol Berasategi'),
      lomiri('Picture_0B_by_freespace', 'Trevor "Freespace"'),
      lomiri('Picture_1A_by_freespace', 'Trevor "Freespace"'),
      lomiri('Wine_by_Jakkub_Mede', 'Jakub Mede'),
    ],
  },
  {
    manager: 'apt',
    name: 'xplanet-images',
    version: '1.3.1',
    folder: 'usr/share/xplanet/images',
    photographs: [{ file: 'earth.jpg', licence: 'public domain', author: 'NASA', use: 'train' }],
  },
  {
    manager: 'pip',
    name: 'scikit-image',
    version: '0.26.0',
    folder: 'skimage/data',
    photographs: [
      { file: 'astronaut.png', licence: 'public domain', author: 'NASA', use: 'train' },
      { file: 'brick.png', licence: CC0, author: 'CC0 Textures', use: 'train' },
      { file: 'camera.png', licence: CC0, author: 'Lav Varshney', use: 'train' },
      { file: 'cell.png', licence: CC0, author: 'Paul Müller and others', use: 'train' },
      { file: 'clock_motion.png', licence: 'public domain', author: 'Stefan van der Walt', use: 'train' },
      { file: 'grass.png', licence: CC0, author: 'linolafett', use: 'train' },
      { file: 'gravel.png', licence: CC0, author: 'CC0 Textures', use: 'train' },
      { file: 'hubble_deep_field.jpg', licence: 'public domain', author: 'NASA', use: 'train' },
      { file: 'retina.jpg', licence: CC0, author: 'Mikael Häggström', use: 'train' },
      { file: 'rocket.jpg', licence: 'public domain', author: 'SpaceX', use: 'train' },
      { file: 'chelsea.png', licence: CC0, author: 'Stefan van der Walt', use: 'measure' },
      { file: 'coffee.png', licence: CC0, author: 'Rachel Michetti', use: 'measure' },
    ],
  },
  {
    manager: 'pip',
    name: 'scikit-learn',
    version: '1.9.1',
    folder: 'sklearn/datasets/images',
    photographs: [
      { file: 'china.jpg', licence: CC_BY_2, author: 'danielbuechele', use: 'measure' },
      { file: 'flower.jpg', licence: CC_BY_2, author: 'vultilion', use: 'measure' },
    ],
  },
  getty('acanthus-mollis', 'Karl Blossfeldt'),
  getty('airplane-from-above', 'Fedele Azari'),
  getty('allium-oreophilum', 'Karl Blossfeldt'),
  getty('black-canyon', "Timothy H. O'Sullivan"),
  getty('dust-bowl-home', 'Dorothea Lange'),
  getty('march-pastoral', 'Peter Henry Emerson'),
  getty('nagasaki-boats', 'Felice Beato'),
  getty('french-alpine-landscape', 'Adolphe Braun', 'measure'),
  getty('locomotion-house-cat', 'Eadweard Muybridge', 'measure'),
];
