import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { AdyenGateway } from '../../src/payments/gateway/adyen/adyen.gateway.js';
import type { Body } from '../support/api.js';
import { ADYEN } from './adyen-under-test.js';
import { Bench, configured } from './bench.js';

/** An Adyen that answers each call as the story says, and what it was asked. */
let adyen: Server;
let gateway: AdyenGateway;
let told: Body[];
let answers: (path: string) => { status: number; body: object };
const asked: string[] = [];
let bench: Bench;
beforeAll(async () => {
  adyen = createServer((request, response) => {
    request.resume();
    const path = request.url!.split('/').at(-1)!;
    asked.push(path);
    const { status, body } = answers(path);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(adyen, 'listening');
  const { port } = adyen.address() as AddressInfo;
  gateway = new AdyenGateway(
    configured({
      ADYEN_API_BASE: `http://127.0.0.1:${port}`,
      ADYEN_API_KEY: 'AQE_test_key',
      ADYEN_CLIENT_KEY: 'test_key',
      ADYEN_HMAC_KEYS: ADYEN.hmacKey,
      ADYEN_WEBHOOK_CREDENTIALS: 'name:a-password',
      GATEWAY_RETRIES: '2',
    }),
    { about: async () => told.map((it) => Buffer.from(JSON.stringify(it))) },
  );
  bench = await Bench.open(ADYEN);
});
afterEach(() => {
  asked.length = 0;
});
afterAll(() => {
  gateway.close();
  bench.close();
  adyen.closeAllConnections();
  adyen.close();
});

const NOTICE = {
  success: 'true',
  pspReference: 'QFQTPCQ8HXSKGK82',
  merchantReference: 'a-payment',
  amount: { value: 1999, currency: 'USD' },
};
const OPEN = [{ ...NOTICE, eventCode: 'CHARGEBACK', eventDate: '2026-01-01T00:00:00Z' }];
const LOST = {
  ...NOTICE,
  eventCode: 'DISPUTE_DEFENSE_PERIOD_ENDED',
  eventDate: '2026-01-02T00:00:00Z',
};
const DOWN = { status: 500, body: {} };
const REFUSED = {
  status: 200,
  body: { disputeServiceResult: { success: false, errorMessage: 'Dispute is not open' } },
};
const REASONS = {
  disputeServiceResult: { success: true },
  defenseReasons: [
    {
      defenseReasonCode: 'SupplyDefenseMaterial',
      satisfied: false,
      defenseDocumentTypes: [
        { defenseDocumentTypeCode: 'DefenseMaterial', available: false, requirementLevel: 'Optional' },
      ],
    },
  ],
};
const SAID = { text: { product_description: 'A term' }, files: [], submit: true };

it('does not know whether a dispute was given up when nobody answered, and asks but once', async () => {
  told = OPEN;
  answers = () => DOWN;

  const outcome = await gateway.acceptDispute('a-dispute');

  expect(outcome).toMatchObject({ status: 'unknown' });
  expect(asked).toEqual(['acceptDispute']);
});

it('reads again what a defense takes, and sends the documents but once', async () => {
  told = OPEN;
  let reads = 0;
  answers = (path) =>
    path === 'retrieveApplicableDefenseReasons' && ++reads > 1 ? { status: 200, body: REASONS } : DOWN;

  const outcome = await gateway.sendEvidence('a-dispute', SAID);

  expect(outcome).toMatchObject({ status: 'unknown' });
  expect(asked).toEqual([
    'retrieveApplicableDefenseReasons',
    'retrieveApplicableDefenseReasons',
    'supplyDefenseDocument',
  ]);
});

it('sends again what carries a key', async () => {
  answers = () => DOWN;
  const attempt = bench.attempt({ ...(await bench.saved()), providerToken: 'a-payer/a-token' });

  const outcome = await gateway.confirm(attempt, await bench.prepared(attempt), 'a-key');

  expect(outcome).toMatchObject({ status: 'unknown' });
  expect(asked).toEqual(['payments', 'payments', 'payments']);
});

it('is refused in words that leave open whether an earlier call was taken', async () => {
  told = OPEN;
  answers = () => REFUSED;

  const refused = gateway.acceptDispute('a-dispute');

  await expect(refused).rejects.toMatchObject({ code: 'dispute_closed' });
  await expect(refused).rejects.toThrow('If it was sent before, it may have been taken then');
});

it('takes a refusal for done where the news says that it is', async () => {
  told = [...OPEN, LOST];
  answers = () => REFUSED;

  expect(await gateway.acceptDispute('a-dispute')).toMatchObject({ status: 'lost', isContestable: false });
});

it('hears of the end of an inquiry, which is other news than its beginning', async () => {
  const { atBank } = await bench.disputed({ is_inquiry: 'true' });
  await bench.told();
  const providerDispute = bench.latest('dispute');
  expect(await bench.gateway.readDispute(providerDispute)).toMatchObject({ status: 'inquiry' });

  await bench.atBank(`disputes/${atBank}/close`, { status: 'warning_closed' });
  await bench.told();

  const ids = bench.heard
    .filter(({ event }) => event.subject?.providerId === providerDispute)
    .map(({ event }) => event.providerEventId);
  expect(new Set(ids).size).toBe(2);
  expect(await bench.gateway.readDispute(providerDispute)).toMatchObject({
    status: 'inquiry_closed',
    withdrawnMinor: 0,
    isContestable: false,
  });
});
