import Sequencer from '@jest/test-sequencer';

/** Files that take long whatever their size says, the longest first: begun last, one of them would run alone at the end. */
const LONGEST = [
  'promises/trials',
  'flows/erasure',
  'flows/programs',
  'browser/payer-page',
  'promises/recovery',
  'browser/trouble',
  'promises/relocation',
  'flows/moving-gateways',
  'promises/audit',
  'architecture/boundaries',
  'flows/saved-methods',
  'flows/operators',
  'browser/',
  'architecture/run-time',
  'flows/money-back',
  'flows/several-gateways',
  'promises/blast-radius',
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
