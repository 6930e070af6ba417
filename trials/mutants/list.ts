import type { Mutant } from './mutant.ts';

const GATEWAY = 'payments/gateway/stripe/stripe.gateway.js';

/** The eight that every payment system can have, two more of the same kind, and two of the audit log. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no-key',
    does: 'sends no idempotency key, so that every call is a new one',
    patches: [
      { file: GATEWAY, find: /\{ idempotencyKey(: (`[^`]*`|key))? \}/g, replace: '{}' },
      { file: 'payments/gateway/stripe/stripe.setups.js', find: /\{ idempotencyKey: key \}/g, replace: '{}' },
    ],
    tries: [
      { part: 'races', match: /^late-/, count: 1 },
      { part: 'crashes', match: /^(C7|C3|R3)$/, count: 1 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'call-in-transaction',
    does: 'calls the gateway while the transaction that stores the intention is open',
    patches: [
      {
        file: 'payments/payment/payments.service.js',
        find: /const charge = await this\.begin\(request\);/,
        replace: `const charge = await this.database.transaction(async (tx) => {
            const beginning = { ask: (values) => this.writer.beginning.askAlone(tx, values) };
            const writer = Object.create(this.writer, { beginning: { value: beginning } });
            const inside = Object.create(this, { writer: { value: writer } });
            const begun = await inside.begin(request);
            if (begun) await this.gateways.of(begun.attempt.gateway).prepare(chargeAttempt(begun, this.tokens));
            return begun;
        });`,
      },
      { file: 'payments/gateway/watched-gateway.js', find: /assertNoTransaction\(`[^`]*`\);/, replace: '' },
    ],
    tries: [
      { part: 'crashes', match: /^(T0|C0)$/, count: 1 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'no-fence',
    does: 'lets a worker write whose lease another one holds',
    patches: [
      { file: 'payments/database/claims.js', find: /AND fence = \$2/g, replace: 'AND $2::int IS NOT NULL' },
      {
        file: 'payments/database/claims.js',
        find: /AND fence = \(\$2::int\[\]\)\[[^\]]*\]/,
        replace: 'AND $2::int[] IS NOT NULL',
      },
      {
        file: 'payments/webhook/inbox.service.js',
        find: /AND fence = \$2/g,
        replace: 'AND $2::int IS NOT NULL',
      },
    ],
    tries: [
      { part: 'races', match: /^stale-/, count: 1 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'no-dedupe',
    does: 'stores an event as often as it is delivered',
    patches: [
      {
        file: 'payments/webhook/inbox-writer.js',
        find: /ON CONFLICT \(gateway, account, provider_event_id\) DO NOTHING/,
        replace: '',
      },
    ],
    sql: [
      'ALTER TABLE payments.webhook_event DROP CONSTRAINT webhook_event_gateway_account_provider_event_id_key',
    ],
    tries: [
      { part: 'webhooks', count: 10 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'no-dedupe-in-billing',
    does: 'applies a message in billing without noting that it was applied',
    patches: [
      {
        file: 'billing/payment-events.js',
        find: /if \(!\(await this\.isFirstTime\([^)]*\)\)\)\s+return;/,
        replace: '',
      },
    ],
    tries: [
      { part: 'webhooks', count: 10 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'time-out-is-failure',
    does: 'takes a confirmation without an answer for a decline',
    patches: [
      {
        file: GATEWAY,
        find: /if \(!isDefiniteNo\(error\)\)\s+return unknown\(error\);/,
        replace: `if (!isDefiniteNo(error)) {
                const { paymentId, amountMinor, currency } = attempt;
                const facts = { providerPayment, paymentId, amountMinor, currency, capturedMinor: 0 };
                return { ...facts, status: 'cancelled', failure: refusalOf({}) };
            }`,
      },
    ],
    tries: [
      { part: 'faults', match: /^charge, confirm: (time_out|reset_answer at byte 0)/, count: 10 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'no-version',
    does: 'settles whatever it heard, however old',
    patches: [
      {
        file: 'payments/payment/payment-writer.js',
        find: /WHERE payment\.version = asked\.version/,
        replace: '',
      },
    ],
    tries: [
      { part: 'races', match: /^old-news$/, count: 1 },
      { part: 'histories', count: 200 },
    ],
  },
  {
    name: 'index-over-open-states',
    does: 'keeps an obligation to one payment only while that is under way',
    patches: [],
    sql: [
      'DROP INDEX payments.payment_one_per_obligation',
      `CREATE UNIQUE INDEX payment_one_per_obligation ON payments.payment (obligation)
        WHERE status IN ('processing', 'requires_action', 'requires_capture')`,
    ],
    tries: [
      { part: 'races', match: /^(paid-already|one-obligation)$/, count: 3 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'declined-left-alive',
    does: 'fails a declined payment whose object at the gateway can still take money',
    patches: [
      {
        file: 'payments/payment/settlement.js',
        find: /const ended = await gateway\.abandon\(outcome\.providerPayment, `[^`]*`\);/,
        replace: "const ended = { ...outcome, status: 'cancelled' };",
      },
    ],
    tries: [
      { part: 'crashes', match: /^D3$/, count: 1 },
      { part: 'histories', count: 100 },
    ],
  },
  {
    name: 'late-object-confirmed',
    does: 'goes on with the object of a call that came too late',
    patches: [
      {
        file: 'payments/payment/payments.service.js',
        find: /if \(!isOurs\)\s+return this\.leaveToOther\([^)]*\);/,
        replace: '',
      },
    ],
    tries: [{ part: 'races', match: /^forgotten-prepare$/, count: 1 }],
  },
  {
    name: 'no-anchors',
    does: 'verifies the audit log without what is kept outside of the database',
    patches: [
      { file: 'payments/audit/audit-verifier.js', find: /assertNoneLost\(head, anchors\);/, replace: '' },
    ],
    tries: [{ part: 'audit', match: /^cut-off$/, count: 20 }],
  },
  {
    name: 'any-signature',
    does: 'takes every signature of the audit log for a right one',
    patches: [{ file: 'payments/audit/audit-verifier.js', find: /if \(!verified\)/, replace: 'if (false)' }],
    tries: [{ part: 'audit', match: /^(reseal|batch-flip)$/, count: 40 }],
  },
];
