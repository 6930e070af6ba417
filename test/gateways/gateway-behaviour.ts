import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Gateway, RefundOutcome } from '../../src/payments/gateway/gateway.js';
import { isOnRecord } from './seen.js';
import { all, Bench, type GatewayUnderTest, type KnownOutcome, ON_SESSION } from './bench.js';

/** The bank's word, and ours for it, the same at every gateway. */
const DECLINES = [
  ['generic_decline', { code: 'declined', retry: 'later', methodReason: null }],
  ['insufficient_funds', { code: 'insufficient_funds', retry: 'later', methodReason: null }],
  ['processing_error', { code: 'declined', action: 'retry_later', retry: 'later' }],
  ['fraudulent', { code: 'declined', retry: 'after_payer', methodReason: null }],
  ['incorrect_cvc', { code: 'incorrect_details', retry: 'after_payer' }],
  ['expired_card', { code: 'card_expired', retry: 'never', methodReason: 'card_expired' }],
  ['lost_card', { code: 'method_unusable', retry: 'never', methodReason: 'blocked_by_issuer' }],
  ['stolen_card', { code: 'method_unusable', retry: 'never', methodReason: 'blocked_by_issuer' }],
] as const;

/** What the port promises, held against one gateway: its own SDK, its wire protocol, its webhooks. */
export function describeGateway(name: string, underTest: GatewayUnderTest): void {
  const itIf = (can: boolean) => (can ? it : it.skip);
  const { capabilities } = underTest;
  const itAuthenticates = itIf(capabilities.authenticates);
  const hasDebits = capabilities.methodTypes.includes('us_bank_account');
  const itDebits = itIf(hasDebits);
  const itConfirmsDebits = itIf(hasDebits && capabilities.confirmsDebits);

  describe(describedAs(name), () => {
    let bench: Bench;
    let gateway: Gateway;
    beforeAll(async () => {
      bench = await Bench.open(underTest);
      gateway = bench.gateway;
    });
    afterAll(() => bench.close());

    describe('saves a card', () => {
      it('that the payer gave it on its own page, and tells how it looks', async () => {
        const setup = await bench.startSetup();
        expect(await setup.read()).toMatchObject({ status: 'incomplete', refusal: null });

        await setup.complete('pm_card_visa');

        const year = new Date().getUTCFullYear() + 1;
        expect(await setup.read()).toMatchObject({
          status: 'succeeded',
          method: { type: 'card', cardBrand: 'visa', lastFour: '4242', expiryYear: year },
        });
      });

      itAuthenticates('once the payer has answered their bank', async () => {
        const saved = await bench.saved('pm_card_threeDSecure2Required');

        expect(await gateway.readMethod(saved.providerToken)).toMatchObject({ status: 'usable' });
      });

      it('not, when the bank refuses it, and says with which code', async () => {
        const setup = await bench.startSetup();

        await setup.complete('pm_card_visa_chargeDeclined').catch(() => null); // a page may say it to the payer alone
        await bench.told();

        expect(await setup.read()).toMatchObject({ status: 'incomplete', refusal: expect.any(String) });
      });

      it('and tells the same card by its fingerprint, or says that it cannot', async () => {
        const [first, again, other] = [
          await bench.saved('pm_card_visa'),
          await bench.saved('pm_card_visa'),
          await bench.saved('pm_card_mastercard'),
        ];

        const { fingerprints } = capabilities;
        expect(first.fingerprint === null).toBe(!fingerprints);
        expect(again.fingerprint).toBe(first.fingerprint);
        if (fingerprints) expect(other.fingerprint).not.toBe(first.fingerprint);
      });

      itIf(capabilities.endsSetups)('not any more once the setup was ended', async () => {
        const setup = await bench.startSetup();
        const flow = capabilities.flows[0]!;
        const ended = await gateway.cancelSetup(setup.started.providerSetup, flow);

        expect(ended.status).toBe('ended');
        await expect(setup.complete()).rejects.toThrow();
      });
    });

    describe('charges', () => {
      it('the amount that was asked for, once, and says whose charge it was', async () => {
        const attempt = bench.attempt(await bench.saved(), { amountMinor: 12_345 });

        const outcome = await bench.charge(attempt);

        const facts = {
          paymentId: attempt.paymentId,
          amountMinor: 12_345,
          capturedMinor: 12_345,
          currency: 'USD',
        };
        expect(outcome).toMatchObject({ status: 'succeeded', ...facts });
        expect(await gateway.readPayment(outcome.providerPayment)).toMatchObject({
          status: 'succeeded',
          ...facts,
        });
        expect(await bench.taken(attempt.paymentId)).toMatchObject([{ amount: 12_345, currency: 'usd' }]);
      });

      it('nothing by preparing, however often', async () => {
        const attempt = bench.attempt(await bench.saved());

        await bench.prepared(attempt);
        const providerPayment = await bench.prepared(attempt);

        const found = await gateway.readPayment(providerPayment);
        expect(found).toMatchObject({ status: 'unconfirmed', failure: null });
        expect(await bench.taken(attempt.paymentId)).toEqual([]);
      });

      it('once when the same confirmation is sent again', async () => {
        const attempt = bench.attempt(await bench.saved());
        const first = await bench.charge(attempt);

        const again = await gateway.confirm(attempt, first.providerPayment, `${attempt.id}:confirm`);

        expect(again).toMatchObject({ status: 'succeeded', providerPayment: first.providerPayment });
        expect(await bench.taken(attempt.paymentId)).toHaveLength(1);
      });

      it('once when two send the same at the same moment', async () => {
        const attempt = bench.attempt(await bench.saved());
        const providerPayment = await bench.prepared(attempt);
        const send = () => gateway.confirm(attempt, providerPayment, `${attempt.id}:confirm`);

        await Promise.all([send(), send()]);

        expect(await bench.recovered(attempt, providerPayment)).toMatchObject({ status: 'succeeded' });
        expect(await bench.taken(attempt.paymentId)).toHaveLength(1);
      });

      it.each(DECLINES)('and says why not: %s', async (decline, ours) => {
        const card = await bench.saved();
        await bench.atBank(`payment-methods/${card.atBank}/close`, { decline });
        const attempt = bench.attempt(card);

        const outcome = await bench.charge(attempt);

        expect(failureOf(outcome)).toMatchObject(ours);
        expect(await bench.taken(attempt.paymentId)).toEqual([]);
      });

      it('never with a method that was detached', async () => {
        const card = await bench.saved();
        await gateway.detach(card.providerToken);
        await gateway.detach(card.providerToken); // again is fine
        const attempt = bench.attempt(card);

        const prepared = await gateway.prepare(attempt);
        const outcome =
          prepared.status === 'prepared'
            ? await gateway.confirm(attempt, prepared.providerPayment, `${attempt.id}:confirm`)
            : prepared;

        expect(await gateway.readMethod(card.providerToken)).toMatchObject({ status: 'unusable' });
        expect(failureOf(outcome)).toMatchObject({ methodReason: 'token_invalid', retry: 'never' });
      });
    });

    describe('when the bank wants to see the payer', () => {
      const CARD = 'pm_card_threeDSecure2Required';

      itIf(!capabilities.authenticates)('declines, where there is no way to the bank', async () => {
        const attempt = bench.attempt(await bench.saved(CARD), ON_SESSION);

        const outcome = await bench.charge(attempt);

        expect(failureOf(outcome)).toMatchObject({ code: 'authentication_failed', retry: 'after_payer' });
        expect(await bench.taken(attempt.paymentId)).toEqual([]);
      });

      itAuthenticates('says so to who charges without them, and takes nothing', async () => {
        const attempt = bench.attempt(await bench.saved(CARD));

        const outcome = await bench.charge(attempt);

        expect(outcome).toMatchObject({ status: 'requires_action', redirectUrl: null });
        expect(await bench.taken(attempt.paymentId)).toEqual([]);
      });

      itAuthenticates('sends them to the bank, and charges once they have agreed', async () => {
        const attempt = bench.attempt(await bench.saved(CARD), ON_SESSION);
        const waiting = await bench.charge(attempt);
        expect(waiting).toMatchObject({
          status: 'requires_action',
          redirectUrl: expect.stringMatching(/^http/),
        });

        await bench.answersBank(waiting.providerPayment, 'succeed');

        expect(await gateway.readPayment(waiting.providerPayment)).toMatchObject({ status: 'succeeded' });
        expect(await bench.taken(attempt.paymentId)).toHaveLength(1);
      });

      itAuthenticates('charges nothing when they do not agree', async () => {
        const waiting = await bench.charged(ON_SESSION, CARD);

        await bench.answersBank(waiting.providerPayment, 'fail');

        const outcome = await gateway.readPayment(waiting.providerPayment);
        expect(failureOf(outcome)).toMatchObject({ code: 'authentication_failed' });
      });

      itAuthenticates('goes on with them after a charge without them was stopped', async () => {
        const attempt = bench.attempt(await bench.saved(CARD));
        const { providerPayment } = await bench.charge(attempt);

        const second = { ...attempt, ...ON_SESSION };
        expect(await gateway.confirm(second, providerPayment, `${attempt.id}:again`)).toMatchObject({
          status: 'requires_action',
          redirectUrl: expect.stringMatching(/^http/),
        });
        await bench.answersBank(providerPayment, 'succeed');

        expect(await gateway.readPayment(providerPayment)).toMatchObject({ status: 'succeeded' });
        expect(await bench.taken(attempt.paymentId)).toHaveLength(1);
      });
    });

    describe('holds an amount', () => {
      it('and takes a part of it, letting the rest go', async () => {
        const held = await bench.charged({ amountMinor: 5000, capture: 'manual' });
        expect(held).toMatchObject({ status: 'requires_capture', capturedMinor: 0 });
        const charge = { providerPayment: held.providerPayment, currency: 'USD' };

        await gateway.capture(charge, 3000, 'capture-1');
        await gateway.capture(charge, 3000, 'capture-1');
        await bench.told();

        const captured = { status: 'succeeded', amountMinor: 5000, capturedMinor: 3000 };
        expect(await gateway.readPayment(held.providerPayment)).toMatchObject(captured);
        expect(await bench.taken(held.paymentId!)).toMatchObject([{ type: 'charge.captured', amount: 3000 }]);
      });

      it('and lets it go, for good', async () => {
        const attempt = bench.attempt(await bench.saved(), { capture: 'manual' });
        const held = await bench.charge(attempt);

        await gateway.abandon(held.providerPayment, 'cancel-1');
        await gateway.abandon(held.providerPayment, 'cancel-1');
        await bench.told();

        const ended = await gateway.readPayment(held.providerPayment);
        expect(ended).toMatchObject({ status: 'cancelled', failure: null });
        await gateway.capture({ providerPayment: held.providerPayment, currency: 'USD' }, 100, 'capture-2');
        await bench.told();
        expect(await bench.taken(attempt.paymentId)).toEqual([]);
      });

      it('and what has taken money cannot be ended', async () => {
        const charged = await bench.charged();

        await gateway.abandon(charged.providerPayment, 'cancel-2');
        await bench.told();

        const still = await gateway.readPayment(charged.providerPayment);
        expect(still).toMatchObject({ status: 'succeeded', capturedMinor: 1999 });
      });
    });

    describe('gives money back', () => {
      const asked = (providerPayment: string, amountMinor: number, refundId: string) =>
        gateway.refund({
          refundId,
          providerPayment,
          amountMinor,
          currency: 'USD',
          reason: 'requested_by_customer',
          key: `${refundId}:refund`,
        });

      /** How it ended, once the gateway has said so. */
      const ended = async (refund: RefundOutcome): Promise<RefundOutcome> => {
        await bench.told();
        if (refund.status === 'unknown' || refund.status === 'too_early') throw new Error(refund.reason);
        return refund.providerRefund ? gateway.readRefund(refund.providerRefund) : refund;
      };

      it('a part, and then the rest, each with our id', async () => {
        const { providerPayment } = await bench.settled();

        const part = await ended(await asked(providerPayment, 500, 'refund-part'));
        const rest = await ended(await asked(providerPayment, 1499, 'refund-rest'));

        const facts = { status: 'succeeded', currency: 'USD' };
        expect(part).toMatchObject({ ...facts, amountMinor: 500, refundId: 'refund-part' });
        expect(rest).toMatchObject({ ...facts, amountMinor: 1499, refundId: 'refund-rest' });
      });

      it('once when the same refund is sent again', async () => {
        const charged = await bench.settled();

        const first = await ended(await asked(charged.providerPayment, 700, 'refund-twice'));
        const again = await ended(await asked(charged.providerPayment, 700, 'refund-twice'));

        expect(again).toEqual(first);
        const entries = await bench.ledgerOf(charged.paymentId!);
        expect(entries.filter((it) => it.type === 'refund.created')).toHaveLength(1);
      });

      it('never more than was taken', async () => {
        const charged = await bench.settled();

        const refused = await ended(await asked(charged.providerPayment, 2000, 'refund-more'));

        expect(refused).toMatchObject({ status: 'failed', failureCode: expect.any(String) });
        expect(await bench.ledgerOf(charged.paymentId!)).toHaveLength(1);
      });

      itIf(underTest.settlesAfter !== undefined)('not yet, before the charge has settled', async () => {
        const charged = await bench.charged();

        const refund = await asked(charged.providerPayment, 500, 'refund-early');

        expect(refund).toMatchObject({ status: 'too_early' });
        expect(await bench.ledgerOf(charged.paymentId!)).toHaveLength(1);

        // Once it has settled, the same request under the same key is carried out.
        await bench.account.call('POST', '/_sandbox/clock', { advance: underTest.settlesAfter! });
        const later = await ended(await asked(charged.providerPayment, 500, 'refund-early'));
        expect(later).toMatchObject({ status: 'succeeded', amountMinor: 500 });
      });

      it('and says so when it came back', async () => {
        const charged = await bench.settled({}, 'pm_card_refundFail');
        const refund = await ended(await asked(charged.providerPayment, 1999, 'refund-fails'));

        await bench.account.call('POST', '/_sandbox/clock', { advance: '10s' });

        expect(await ended(refund)).toMatchObject({ status: 'failed', failureCode: expect.any(String) });
      });

      it('of which the answer was lost, exactly once', async () => {
        const charged = await bench.settled();
        await bench.account.breaks({ does: 'time_out', on: underTest.calls.refund });
        expect(await asked(charged.providerPayment, 300, 'refund-lost')).toMatchObject({ status: 'unknown' });
        await bench.told();

        const found =
          (await gateway.findRefund('refund-lost', charged.providerPayment)) ??
          (await asked(charged.providerPayment, 300, 'refund-lost'));

        expect(await ended(found)).toMatchObject({ status: 'succeeded', amountMinor: 300 });
        const entries = await bench.ledgerOf(charged.paymentId!);
        expect(entries.filter((it) => it.type === 'refund.created')).toHaveLength(1);
      });
    });

    describe('that does not answer', () => {
      const lost = async (fault: object) => {
        const attempt = bench.attempt(await bench.saved());
        const providerPayment = await bench.prepared(attempt);
        await bench.account.breaks({ does: 'time_out', on: underTest.calls.charge, ...fault });
        const outcome = await gateway.confirm(attempt, providerPayment, `${attempt.id}:confirm`);
        return { attempt, providerPayment, outcome };
      };

      it.each([
        ['before it took the money', { after_work: false }],
        ['after it took the money', { after_work: true }],
        ['but breaks off in the middle', { does: 'reset_answer', at_byte: 30 }],
        ['but fails', { does: 'answer_503' }],
      ])('%s, is asked again, and has charged once', async (_when, fault) => {
        const { attempt, providerPayment, outcome } = await lost(fault);
        expect(['unknown', 'succeeded']).toContain(outcome.status); // an SDK may have asked again by itself

        const recovered = await bench.recovered(attempt, providerPayment);

        expect(recovered).toMatchObject({ status: 'succeeded', capturedMinor: 1999 });
        expect(await bench.taken(attempt.paymentId)).toHaveLength(1);
      });
    });

    describe('sends news', () => {
      it('signed, and with the id of what they are about', async () => {
        bench.heard.length = 0;

        const { providerPayment } = await bench.disputed();
        await bench.told();

        expect(bench.hasHeard(providerPayment)).toBe(capabilities.tellsOf.includes('payment'));
        expect(await gateway.readDispute(bench.latest('dispute'))).toMatchObject({ providerPayment });
      });

      it('that nobody else could have written', async () => {
        await bench.makeNews();
        const { body, headers } = bench.deliveries.at(-1)!;
        expect(await gateway.verifyWebhook(body, headers)).not.toBeNull();

        const forged = (underTest.forged ?? withAnotherAmount)(body);
        expect(forged.equals(body)).toBe(false);

        expect(await gateway.verifyWebhook(forged, headers)).toBeNull();
        if (!underTest.forged) expect(await gateway.verifyWebhook(body, {})).toBeNull(); // else the signature is in the body
        expect(await gateway.verifyWebhook(Buffer.from('{}'), headers)).toBeNull();
        expect(await gateway.verifyWebhook(Buffer.from('not an event'), headers)).toBeNull();
      });

      it('that are refused once they are old, where they bear their time', async () => {
        await bench.account.breaks({ does: 'shift_webhook_timestamp', on: '*', times: 100 });
        bench.heard.length = 0;
        await bench.makeNews();
        await bench.account.worksAgain();

        expect(bench.heard.length > 0).toBe(!capabilities.stampsWebhooks);
      });

      it('under the same id when they come twice, and in any order', async () => {
        const opened = ['charge.dispute.created', 'charge.dispute.funds_withdrawn'];
        for (const on of opened) await bench.account.breaks({ does: 'double_webhook', on, times: 1 });
        await bench.account.breaks({ does: 'reorder_webhook', on: 'charge.dispute.closed', times: 1 });
        bench.heard.length = 0;

        const { atBank } = await bench.disputed();
        await bench.atBank(`disputes/${atBank}/close`, { status: 'lost' });
        await bench.told();
        await bench.account.worksAgain(); // the one held back comes last
        await bench.told();

        const ids = bench.heard.map(({ event }) => event.providerEventId);
        expect(new Set(ids).size).toBeLessThan(ids.length);
        expect(await gateway.readDispute(bench.latest('dispute'))).toMatchObject({ status: 'lost' });
      });

      it('of a card that its network renewed', async () => {
        const card = await bench.saved();
        bench.heard.length = 0;
        const expiryYear = card.expiryYear! + 2;

        await bench.atBank(`payment-methods/${card.atBank}/update`, { exp_year: String(expiryYear) });
        await bench.told();

        expect(bench.hasHeard(card.providerToken)).toBe(capabilities.tellsOf.includes('method'));
        const outcome = await gateway.readMethod(card.providerToken);
        expect(outcome).toMatchObject({ status: 'usable', method: { expiryYear } });
      });

      it('of a card that was removed at the gateway', async () => {
        const card = await bench.saved();
        bench.heard.length = 0;

        await bench.atBank(`payment-methods/${card.atBank}/detach`);
        await bench.told();

        expect(bench.hasHeard(card.providerToken)).toBe(capabilities.tellsOf.includes('method'));
        expect(await gateway.readMethod(card.providerToken)).toMatchObject({ status: 'unusable' });
      });
    });

    describe('has a charge disputed', () => {
      const disputed = async () => {
        const { providerPayment, atBank } = await bench.disputed();
        await bench.told();
        return { providerPayment, atBank, providerDispute: bench.latest('dispute') };
      };

      it('and says of which, for how much, and until when it can be answered', async () => {
        const { providerPayment, providerDispute } = await disputed();

        expect(await gateway.readDispute(providerDispute)).toMatchObject({
          status: 'needs_response',
          providerDispute,
          providerPayment,
          currency: 'USD',
          amountMinor: 1999,
          withdrawnMinor: 1999,
          isContestable: true,
          methodReason: null,
          evidenceDueBy: expect.any(Date),
        });
      });

      it('and hands in what we say against it', async () => {
        const { providerDispute } = await disputed();
        const receipt = {
          kind: 'receipt',
          contentType: 'application/pdf',
          content: Buffer.from('%PDF-1.4'),
        } as const;
        const text = { product_description: 'Tuition for the autumn term' };

        const sent = await gateway.sendEvidence(
          providerDispute,
          { text, files: [receipt], submit: true },
          'evidence-1',
        );
        await bench.told();

        expect(sent).toMatchObject({ status: 'under_review' });
        expect(await gateway.readDispute(providerDispute)).toMatchObject({ status: 'under_review' });
      });

      it.each(['won', 'lost'] as const)('and says when it was %s, and where the money is', async (status) => {
        const { providerDispute, atBank } = await disputed();

        await bench.atBank(`disputes/${atBank}/close`, { status });
        await bench.told();

        const withdrawnMinor = status === 'won' ? 0 : 1999;
        expect(await gateway.readDispute(providerDispute)).toMatchObject({ status, withdrawnMinor });
      });

      it('and gives it up when told to', async () => {
        const { providerDispute } = await disputed();

        await gateway.acceptDispute(providerDispute, 'accept-1');
        await bench.told();

        const given = await gateway.readDispute(providerDispute);
        expect(given).toMatchObject({ status: 'lost', withdrawnMinor: 1999, isContestable: false });
      });
    });

    describe('saves a bank account', () => {
      const itSendsDeposits = itIf(capabilities.depositTries.amounts > 0);
      const flow = capabilities.flows[0]!;
      const begun = async () => {
        await bench.account.call('POST', '/_sandbox/settings', { microdeposit_type: 'amounts' });
        const setup = await bench.startSetup('us_bank_account');
        await setup.complete('pm_usBankAccount_success', { verification: 'deposits' });
        return setup.started.providerSetup;
      };
      const saying = (providerSetup: string, amountsMinor: [number, number]) =>
        gateway.verifySetup(providerSetup, flow, { kind: 'amounts', amountsMinor });

      itDebits('at once, where its bank knows it', async () => {
        const saved = await bench.saved('pm_usBankAccount_success', 'us_bank_account');

        const known = { type: 'us_bank_account', lastFour: '6789', bankName: underTest.bankName ?? null };
        expect(saved).toMatchObject({ ...known, cardBrand: null, expiryYear: null });
        expect(await gateway.readMethod(saved.providerToken)).toMatchObject({
          status: 'usable',
          method: known,
        });
      });

      itSendsDeposits('once its owner told which two deposits arrived', async () => {
        const providerSetup = await begun();

        expect(await gateway.readSetup(providerSetup, flow)).toMatchObject({
          status: 'verifying',
          ask: 'amounts',
          depositsOn: expect.any(Date),
          method: { type: 'us_bank_account', lastFour: '6789' },
        });
        expect(await saying(providerSetup, [1, 2])).toBe('mismatch');
        expect(await saying(providerSetup, underTest.deposits!)).toBe('verified');

        const outcome = await gateway.readSetup(providerSetup, flow);
        expect(outcome).toMatchObject({ status: 'succeeded', method: { lastFour: '6789' } });
      });

      itSendsDeposits('never, once too many wrong amounts were told', async () => {
        const providerSetup = await begun();
        const tries = Array.from({ length: capabilities.depositTries.amounts - 1 });

        for (const _ of tries) expect(await saying(providerSetup, [1, 2])).toBe('mismatch');
        expect(await saying(providerSetup, [1, 2])).toBe('closed');

        expect(await saying(providerSetup, underTest.deposits!)).toBe('closed');
        const outcome = await gateway.readSetup(providerSetup, flow);
        expect(outcome).toMatchObject({ status: 'ended', reason: 'verification_failed' });
      });
    });

    describe('debits a bank account', () => {
      const debited = async (account: string) => {
        const method = await bench.saved(account, 'us_bank_account');
        const attempt = bench.attempt(method);
        return { attempt, outcome: await bench.charge(attempt) };
      };

      const takenBack = async (code: string) => {
        const { outcome, attempt } = await debited('pm_usBankAccount_success');
        await bench.account.call('POST', '/_sandbox/clock', { advance: '5d' });
        const [{ charge }] = await bench.taken(attempt.paymentId);
        await bench.atBank(`charges/${charge}/return`, { code });
        await bench.told();
        return { outcome, returned: await gateway.readDispute(bench.latest('dispute')) };
      };

      itConfirmsDebits('over days, and then has the money', async () => {
        const { outcome } = await debited('pm_usBankAccount_success');
        expect(outcome).toMatchObject({ status: 'processing', detail: 'bank_debit_pending' });

        await bench.account.call('POST', '/_sandbox/clock', { advance: '5d' });
        await bench.told();

        const paid = await gateway.readPayment(outcome.providerPayment);
        expect(paid).toMatchObject({ status: 'succeeded', capturedMinor: 1999 });
      });

      itConfirmsDebits('or is told why not', async () => {
        const { outcome } = await debited('pm_usBankAccount_accountClosed');

        await bench.account.call('POST', '/_sandbox/clock', { advance: '5d' });
        await bench.told();

        const failure = failureOf(await gateway.readPayment(outcome.providerPayment));
        expect(failure).toMatchObject({ methodReason: 'account_closed', retry: 'never' });
      });

      itIf(hasDebits && !capabilities.confirmsDebits)(
        'at once, before its bank was asked, and loses the money when that refuses',
        async () => {
          const { outcome } = await debited('pm_usBankAccount_accountClosed');
          expect(outcome).toMatchObject({ status: 'succeeded', capturedMinor: 1999 });

          await bench.account.call('POST', '/_sandbox/clock', { advance: '5d' });
          await bench.told();

          expect(await gateway.readDispute(bench.latest('dispute'))).toMatchObject({
            status: 'lost',
            providerPayment: outcome.providerPayment,
            withdrawnMinor: 1999,
            isContestable: false,
            methodReason: 'account_closed',
          });
        },
      );

      itDebits('and loses it again when it comes back late, for good', async () => {
        const { outcome, returned } = await takenBack('debit_not_authorized');

        expect(returned).toMatchObject({
          status: 'lost',
          providerPayment: outcome.providerPayment,
          withdrawnMinor: 1999,
          isContestable: false,
          methodReason: 'debit_disputed',
        });
      });

      itDebits('which is nothing against the account where only the money was missing', async () => {
        const { returned } = await takenBack('insufficient_funds');

        expect(returned).toMatchObject({
          status: 'lost',
          reason: 'insufficient_funds',
          methodReason: null,
          isContestable: false,
        });
      });
    });

    it('lists what it told and what it moved, where it can', async () => {
      const since = new Date(Date.now() - 60_000);
      const { providerPayment } = await bench.charged();

      const told = await all(gateway.listEvents(since));
      const moved = await all(gateway.listMovements(since));

      const { listsEvents, listsMovements } = capabilities;
      const isOfIt = (it: (typeof told)[number]) => it.event.subject?.providerId === providerPayment;
      expect(told.some(isOfIt)).toBe(listsEvents);
      const movement = moved.find((it) => it.providerId === providerPayment);
      expect(movement !== undefined).toBe(listsMovements);
      if (movement)
        expect(movement).toMatchObject({ kind: 'payment', amountMinor: 1999, status: 'captured' });
    });

    it('forgets a payer with all that is saved under them', async () => {
      const card = await bench.saved();

      await gateway.forgetCustomer(card.providerCustomer!);
      await gateway.forgetCustomer(card.providerCustomer!); // again is fine

      expect(await gateway.readMethod(card.providerToken)).toMatchObject({ status: 'unusable' });
    });

    isOnRecord(name, describedAs(name), capabilities);
  });
}

const describedAs = (name: string) => `a gateway: ${name}`;

function withAnotherAmount(body: Buffer): Buffer {
  return Buffer.from(body.toString().replace(/1999/, '9999'));
}

/** Why a charge was declined; a charge that was not declined has no failure. */
function failureOf(outcome: unknown) {
  const { status, failure } = outcome as KnownOutcome & { status: string; failure?: unknown };
  expect(['unconfirmed', 'cancelled', 'refused']).toContain(status);
  return failure;
}
