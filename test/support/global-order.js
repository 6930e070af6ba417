import Sequencer from '@jest/test-sequencer';

/** Files that take long whatever their size says: begun last, one of them would run alone at the end. */
const LONGEST = [
  'promises/trials',
  'flows/programs',
  'browser/',
  'flows/erasure',
  'promises/recovery',
  'promises/relocation',
  'promises/blast-radius',
  'architecture/run-time',
  'architecture/boundaries',
];

/** Jest's own order, by size or by how long a file took last time, behind the files that take longest. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((part) => path.includes(`/test/${part}`));
      return place === -1 ? LONGEST.length : place;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
