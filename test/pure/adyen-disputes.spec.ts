// How a dispute stands by what Adyen told of it, in any order and each twice.
import { expect, it } from '@jest/globals';
import { returnOf } from '../../src/payments/gateway/adyen/adyen.declines.js';
import { disputeOutcomeOf } from '../../src/payments/gateway/adyen/adyen.mapping.js';
import type { NewsItem } from '../../src/payments/gateway/adyen/adyen.webhooks.js';

/** `CODE` or `CODE Status`. */
type Told = string;
type More = Record<string, string>;

function itemOf(told: Told, day: number, more: More = {}): NewsItem {
  const [eventCode, disputeStatus] = told.split(' ');
  return {
    eventCode: eventCode!,
    success: 'true',
    pspReference: 'QFQTPCQ8HXSKGK82',
    merchantReference: 'a-payment',
    merchantAccountCode: 'SandboxECOM',
    eventDate: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(),
    amount: { value: 1999, currency: 'USD' },
    paymentMethod: 'visa',
    additionalData: { ...more, ...(disputeStatus && { disputeStatus }) },
  };
}

function ordersOf<T>(items: T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => ordersOf(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

it.each<[string, number, Told[]]>([
  ['inquiry', 0, ['REQUEST_FOR_INFORMATION Unresponded']],
  ['inquiry_under_review', 0, ['REQUEST_FOR_INFORMATION Unresponded', 'REQUEST_FOR_INFORMATION Responded']],
  ['inquiry_under_review', 0, ['REQUEST_FOR_INFORMATION Unresponded', 'INFORMATION_SUPPLIED Pending']],
  ['inquiry_closed', 0, ['REQUEST_FOR_INFORMATION Unresponded', 'REQUEST_FOR_INFORMATION Expired']],
  [
    'needs_response',
    1999,
    ['REQUEST_FOR_INFORMATION', 'INFORMATION_SUPPLIED Pending', 'CHARGEBACK Undefended'],
  ],
  [
    'under_review',
    1999,
    ['REQUEST_FOR_INFORMATION', 'CHARGEBACK Undefended', 'INFORMATION_SUPPLIED Pending'],
  ],
  ['needs_response', 0, ['NOTIFICATION_OF_CHARGEBACK Undefended']],
  ['under_review', 1999, ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK Pending']],
  ['under_review', 1999, ['CHARGEBACK', 'INFORMATION_SUPPLIED']],
  ['lost', 1999, ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK Accepted']],
  ['lost', 1999, ['NOTIFICATION_OF_CHARGEBACK', 'DISPUTE_DEFENSE_PERIOD_ENDED Lost', 'CHARGEBACK Lost']],
  ['lost', 1999, ['CHARGEBACK Undefended', 'DISPUTE_DEFENSE_PERIOD_ENDED']],
  ['won', 0, ['CHARGEBACK', 'INFORMATION_SUPPLIED Pending', 'CHARGEBACK_REVERSED Won']],
  ['under_review', 0, ['CHARGEBACK', 'INFORMATION_SUPPLIED Pending', 'CHARGEBACK_REVERSED Pending']],
  [
    'lost',
    1999,
    ['CHARGEBACK', 'INFORMATION_SUPPLIED Pending', 'CHARGEBACK_REVERSED Won', 'SECOND_CHARGEBACK Lost'],
  ],
  ['lost', 1999, ['CHARGEBACK', 'CHARGEBACK_REVERSED Won', 'SECOND_CHARGEBACK']],
  ['lost', 1999, ['CHARGEBACK_REVERSED Pending', 'PREARBITRATION_WON Pending', 'PREARBITRATION_LOST Lost']],
  ['needs_response', 0, ['CHARGEBACK', 'CHARGEBACK_REVERSED Won', 'PREARBITRATION_OPEN Pending']],
  ['under_review', 0, ['CHARGEBACK', 'CHARGEBACK_REVERSED', 'PREARBITRATION_WON Pending']],
  ['won', 0, ['CHARGEBACK', 'CHARGEBACK_REVERSED Pending', 'PREARBITRATION_WON Won']],
  ['won', 0, ['CHARGEBACK', 'PREARBITRATION_OPEN', 'PREARBITRATION_ISSUER_WITHDRAWN']],
  ['won', 0, ['CHARGEBACK', 'PREARBITRATION_DECLINED Pending', 'ISSUER_RESPONSE_TIMEFRAME_EXPIRED Won']],
  ['under_review', 0, ['CHARGEBACK', 'CHARGEBACK_REVERSED', 'PREARBITRATION_WON', 'SCHEME_ARBITRATION']],
  ['won', 0, ['CHARGEBACK', 'PREARBITRATION_DECLINED', 'SCHEME_ARBITRATION', 'SCHEME_ARBITRATION_WON']],
  ['lost', 1999, ['CHARGEBACK', 'PREARBITRATION_DECLINED', 'SCHEME_ARBITRATION_LOST']],
  ['under_review', 0, ['PREARBITRATION_ACCEPTED']],
  ['lost', 0, ['PREARBITRATION_ACCEPTED Lost']],
  ['under_review', 0, ['PREARBITRATION_DECLINED Pending']],
])('is %s with %d withdrawn after %j', (status, withdrawnMinor, told) => {
  const items = told.map((it, day) => itemOf(it, day));

  const outcomes = ordersOf(items).flatMap((order) => [order, [...order, ...order]]);

  for (const news of outcomes)
    expect(disputeOutcomeOf('a-dispute', news)).toMatchObject({ status, withdrawnMinor });
});

it('of a bank debit that came back stays lost, whatever is said to be pending', () => {
  const told = ['NOTIFICATION_OF_CHARGEBACK Pending', 'CHARGEBACK Pending', 'INFORMATION_SUPPLIED Pending'];
  const items = told.map((it, day) => ({ ...itemOf(it, day), paymentMethod: 'ach' }));

  for (const news of ordersOf(items))
    expect(disputeOutcomeOf('a-dispute', news)).toMatchObject({ status: 'lost', withdrawnMinor: 1999 });
});

it.each([
  ['true', true],
  ['false', false],
])('can be contested, where Adyen says that it is defendable: %s', (defendable, isContestable) => {
  const news = [itemOf('NOTIFICATION_OF_CHARGEBACK Undefended', 0, { defendable })];

  expect(disputeOutcomeOf('a-dispute', news)).toMatchObject({ status: 'needs_response', isContestable });
});

it('is to be answered by what was said last of it', () => {
  const [chargeback, again] = ['2026-02-01T00:00:00+01:00', '2026-04-01T00:00:00+02:00'];
  const news = [
    itemOf('PREARBITRATION_OPEN Pending', 9, { defensePeriodEndsAt: again }),
    itemOf('CHARGEBACK Undefended', 0, { defensePeriodEndsAt: chargeback }),
  ];

  expect(disputeOutcomeOf('a-dispute', news)).toMatchObject({ evidenceDueBy: new Date(again) });
});

it('reads a reason code with a blank before it, as Adyen’s examples have one', () => {
  expect(returnOf(' R10')).toEqual(returnOf('R10'));
  expect(returnOf(' R10').methodReason).toBe('debit_disputed');
});
