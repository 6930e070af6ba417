// What a bank's return of a debit says of the account: the table of docs/concepts/saved-methods.md, by Nacha's codes.
import { expect, it } from '@jest/globals';
import { RETURNS } from '../../src/payments/gateway/declines.js';

it.each<[string, string | null, string[]]>([
  ['nothing', null, ['R01', 'R09']],
  ['that it is closed', 'account_closed', ['R02', 'R14', 'R15', 'R16', 'R20']],
  ['that there is none of that number', 'details_wrong', ['R03', 'R04']],
  [
    'that its owner does not allow it',
    'consent_withdrawn',
    ['R05', 'R07', 'R08', 'R10', 'R11', 'R29', 'R31'],
  ],
])('a return says of the account %s', (_, methodReason, codes) => {
  expect(codes.map((code) => [code, RETURNS[code]?.methodReason])).toEqual(
    codes.map((code) => [code, methodReason]),
  );
});
