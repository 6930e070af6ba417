/** Why a person has to look. */
export const WHYS = [
  'unknown_outcome',
  'unknown_refund',
  'failed_refund',
  'parked_event',
  'failing_event',
  'undelivered_message',
  'failing_endpoint',
  'disabled_endpoint',
  'dispute_due',
  'gateway_without_keys',
] as const;
export type Why = (typeof WHYS)[number];

/** One thing that somebody has to look at. */
export interface Found {
  why: Why;
  /** Of what it is about: a payment, an event, an endpoint; the name of a gateway. */
  id: string;
  paymentId: string | null;
  since: Date;
  /** Until when it can be done at all. */
  dueBy: Date | null;
  note: string;
}

/** What to do about it: a command of `npm run cli --`, or null where a person does it elsewhere. */
export interface Step {
  does: string;
  command: string | null;
}

interface Kind {
  /** SQL that gives `id`, `payment_id`, `since`, `due_by` and `note`; each is a range of an index. $1: the gateways with keys. */
  sql: string;
  steps: (found: Found) => Step[];
}

/** Until then recovery asks the gateway by itself; what it has not said in a day, a person asks it. */
const ASKED_BY_ITSELF = `interval '24 hours'`;
/** Half a minute of failing is a hiccup; more tries than this are not. */
const TRIES_WORTH_A_LOOK = 5;
/** Whoever has not dealt with it by then has decided to. */
const REFUND_FAILED_FOR = `interval '30 days'`;
/** A receiver may be restarted, or deployed anew; one that takes nothing for this long is down. */
const ENDPOINT_FAILING = `interval '1 hour'`;

const EVENT = `
  SELECT event.id::text, attempt.payment_id, received_at, NULL::timestamptz, event.gateway || ' ' || type || ': ' || coalesce(last_error, '')
    FROM payments.webhook_event event
    LEFT JOIN payments.payment_attempt attempt
      ON attempt.gateway = event.gateway AND attempt.provider_payment = event.subject ->> 'providerId'`;
/** Who listens there may have a secret in the path of the address. */
const HOST = `coalesce(substring(url FROM '://([^/?#]+)'), 'an endpoint')`;

export const KINDS: Record<Why, Kind> = {
  unknown_outcome: {
    sql: `
      SELECT id::text, id, created_at, NULL::timestamptz, 'the gateway has not said how it ended'
        FROM payments.payment
       WHERE status = 'processing' AND status_detail = 'confirming' AND created_at < clock_timestamp() - ${ASKED_BY_ITSELF}`,
    steps: ({ id }) => [
      { does: 'Have the gateway asked now', command: `payments recover ${id}` },
      { does: 'See all that happened to it', command: `payments show ${id}` },
    ],
  },
  unknown_refund: {
    sql: `
      SELECT id::text, payment_id, created_at, NULL::timestamptz, 'the gateway has not said whether it has taken the refund'
        FROM payments.refund
       WHERE due_at IS NOT NULL AND status = 'pending' AND provider_refund IS NULL
         AND created_at < clock_timestamp() - ${ASKED_BY_ITSELF}`,
    steps: ({ paymentId, since }) => [
      { does: 'See all that happened to its payment', command: `payments show ${paymentId}` },
      { does: "Hold the gateway's books against ours", command: `reconcile --since ${since.toISOString()}` },
    ],
  },
  failed_refund: {
    // Days later a bank may send back what its customer was told of. It is dealt with once another refund was made since.
    sql: `
      SELECT id::text, payment_id, failed_at, NULL::timestamptz, 'the money did not go back: ' || coalesce(failure_code, 'no reason given')
        FROM payments.refund
       WHERE status = 'failed' AND failed_at > statement_timestamp() - ${REFUND_FAILED_FOR}
         AND NOT EXISTS (SELECT FROM payments.refund AS later
                          WHERE later.payment_id = refund.payment_id AND later.created_at > refund.failed_at
                            AND later.status IN ('pending', 'succeeded'))`,
    steps: ({ paymentId }) => [
      { does: 'See all that happened to its payment', command: `payments show ${paymentId}` },
      {
        does: `Finance makes it again by POST /v1/payments/${paymentId}/refunds, or gives the money back in another way`,
        command: null,
      },
    ],
  },
  parked_event: {
    sql: `${EVENT} WHERE event.status = 'parked'`,
    steps: ({ id }) => [
      { does: 'See what the gateway sent', command: `webhooks show ${id}` },
      { does: 'Apply it again, once its cause is gone', command: `webhooks replay ${id}` },
      {
        does: 'Or put it away, once it is dealt with elsewhere',
        command: `webhooks dismiss ${id} --because "<what was done>"`,
      },
    ],
  },
  failing_event: {
    sql: `${EVENT} WHERE event.due_at IS NOT NULL AND event.status = 'failed' AND event.tries > ${TRIES_WORTH_A_LOOK}`,
    steps: ({ id }) => [
      { does: 'See what the gateway sent', command: `webhooks show ${id}` },
      { does: 'Apply it now, instead of at its next try', command: `webhooks replay ${id}` },
    ],
  },
  undelivered_message: {
    sql: `
      SELECT message.id::text, payment.id, occurred_at, NULL::timestamptz, type || ' after ' || tries || ' tries'
        FROM payments.outbox_message message LEFT JOIN payments.payment ON payment.id = message.aggregate_id
       WHERE delivered_at IS NULL AND tries > ${TRIES_WORTH_A_LOOK}`,
    steps: () => [{ does: 'Deliver everything that waits now', command: 'outbox retry' }],
  },
  failing_endpoint: {
    sql: `
      SELECT id::text, NULL::uuid, failing_since, NULL::timestamptz, ${HOST} || ' takes nothing'
        FROM payments.event_endpoint
       WHERE status = 'active' AND failing_since < clock_timestamp() - ${ENDPOINT_FAILING}`,
    steps: ({ id }) => [
      { does: 'See what it answers, and tell who runs it', command: `endpoints deliveries ${id}` },
    ],
  },
  disabled_endpoint: {
    sql: `
      SELECT id::text, NULL::uuid, disabled_at, NULL::timestamptz, ${HOST} || ' is ' || disabled_reason
        FROM payments.event_endpoint WHERE status = 'disabled' AND disabled_reason <> 'by_operator'`,
    steps: ({ id }) => [
      { does: 'See what it answered', command: `endpoints deliveries ${id} --status failed` },
      { does: 'Send there again, once it is mended', command: `endpoints enable ${id}` },
      { does: 'Send what it missed', command: `endpoints resend ${id} --failed` },
    ],
  },
  dispute_due: {
    sql: `
      SELECT id::text, payment_id, created_at, evidence_due_by, reason || ', answer by ' || coalesce(evidence_due_by::text, 'no date')
        FROM payments.dispute WHERE status IN ('inquiry', 'needs_response') AND is_contestable`,
    steps: ({ id, paymentId }) => [
      { does: 'See all that happened to its payment', command: `payments show ${paymentId}` },
      {
        does: `Finance answers it by POST /v1/disputes/${id}/evidence, or gives it up by POST /v1/disputes/${id}/acceptances`,
        command: null,
      },
    ],
  },
  gateway_without_keys: {
    // One look into the index for each gateway that there is; only the methods of one without keys are counted.
    sql: `
      WITH RECURSIVE known (name) AS (
        SELECT min(gateway) FROM payments.payment_method WHERE status <> 'removed'
        UNION ALL
        SELECT (SELECT min(gateway) FROM payments.payment_method WHERE status <> 'removed' AND gateway > name)
          FROM known WHERE name IS NOT NULL)
      SELECT name, NULL::uuid, methods.since, NULL::timestamptz, methods.count || ' saved methods cannot be charged'
        FROM known CROSS JOIN LATERAL (
          SELECT min(created_at) AS since, count(*) AS count
            FROM payments.payment_method WHERE status <> 'removed' AND gateway = name) AS methods
       WHERE name <> ALL ($1)`,
    steps: ({ id }) => [
      { does: 'Set its keys, and see that the configuration is right', command: 'config check' },
      {
        does: 'Or say how many payers would be asked to add theirs again',
        command: `methods ask-again --gateway ${id} --dry-run`,
      },
    ],
  },
};
