// What the program cannot say of itself on the pages that tools/reference.js writes. A code or a metric without its words
// stops that tool, and with it the tests.

/** Error code: when it is answered, and what the caller does about it. */
export const CODES = {
  validation_failed: [
    'a field is missing, unknown or of the wrong form',
    'correct the fields named in `errors`, or what `detail` says',
  ],
  malformed_body: [
    'the body is not JSON, or was cut off',
    'a bug of the client: correct how the body is made',
  ],
  idempotency_key_missing: [
    'a call that moves money came without `Idempotency-Key`',
    'send a new random value for each thing that is to happen once',
  ],
  webhook_signature_invalid: [
    'an event whose signature, or its age, is not right',
    'check `STRIPE_WEBHOOK_SECRETS`, or `ADYEN_HMAC_KEYS` and `ADYEN_WEBHOOK_CREDENTIALS`, the endpoint at the gateway, and the clocks',
  ],
  unauthenticated: ['no bearer token, or one that is not valid here (any more)', 'sign in again'],
  insufficient_user_authentication: [
    'the call gives money back, decides about a refund or dispute, or sends events elsewhere, and the sign-in is older than five minutes or not as strong as it must be',
    'have the person sign in again, as `WWW-Authenticate` says (RFC 9470), then repeat',
  ],
  https_required: [
    'the call did not come by https through a proxy of `TRUSTED_PROXIES`',
    'call the address of the proxy by https, and exchange the token that was sent in the clear',
  ],
  forbidden: ['the token is valid and its role may not do this', 'sign in as somebody who may'],
  not_found: [
    'an unknown id, or one that belongs to somebody else: the two are not told apart',
    'go back to the list',
  ],
  method_not_allowed: ['the address does not answer this method', 'a bug of the client'],
  event_endpoint_disabled: [
    'events are to be sent again to an endpoint that is disabled',
    'enable it first, and then repeat',
  ],
  setup_incomplete: [
    'the payer has not finished at the gateway',
    'send the payer to `redirectUrl` again, or start a new setup intent',
  ],
  payment_method_unusable: [
    'the saved method cannot be charged',
    'ask the payer to add it again, or to take another',
  ],
  payment_method_in_use: [
    'a plan or autopay relies on the saved method; `details.uses` says which',
    'send `replacedBy`, or end what uses it first',
  ],
  mandate_missing: [
    'the payer is not there, and no consent of theirs to be charged like that is stored',
    'ask the payer to add the method again, or to pay themselves',
  ],
  verification_mismatch: [
    'what the payer told of the small deposits is not what was sent; `details.attemptsLeft`',
    'ask the payer to look again',
  ],
  verification_closed: [
    'too many wrong answers, or too late: the bank account cannot be verified any more',
    'start a new setup intent',
  ],
  currency_not_supported: ['bank accounts are debited in USD only', 'take a card'],
  bank_debit_not_repeatable: [
    'the bank returned this debit: its code forbids another try, or two tries in 180 days are used up',
    'take another payment method',
  ],
  payment_state_conflict: [
    'the payment has moved on, so this cannot be done to it',
    'read the payment again',
  ],
  obligation_has_open_payment: [
    'a payment for the same thing is under way',
    'show that payment; wait for it, or cancel it',
  ],
  obligation_already_paid: ['the thing has been paid', 'show it as paid'],
  invoice_void: ['the invoice was withdrawn', 'nothing is to be paid'],
  invoice_on_plan: [
    'the invoice is paid by a plan',
    'pay the instalments of the plan, or end it while nothing is paid of it',
  ],
  plan_not_active: ['the plan has ended', 'read the plan again'],
  plan_has_payments: ['something was paid of the plan, or is being paid', 'let finance settle the rest'],
  plan_is_autopay: [
    'the plan is what autopay makes of an invoice, and would make again',
    'switch autopay off, or have finance withdraw the invoice',
  ],
  payment_disputed: ["the payer's bank is taking the money back", 'wait for the dispute to end'],
  dispute_not_contestable: [
    'a dispute of this kind is final (the return of a bank debit)',
    'collect in another way',
  ],
  dispute_closed: ['the dispute has ended', 'read the dispute again'],
  second_person_required: [
    'somebody may not agree to what they asked for themselves',
    'ask somebody else of finance to agree',
  ],
  refund_request_closed: [
    'the request was decided about already, or its time is over',
    'read it again; ask for the refund anew',
  ],
  refund_exceeds_payment: ['more would be given back than was captured', 'refund at most what is left'],
  body_too_large: ['the body is larger than the address accepts (64 KB; webhooks 256 KB)', 'send less'],
  unsupported_media_type: ['the body is not `application/json`', 'set `Content-Type: application/json`'],
  card_data_rejected: [
    'the request holds what looks like a card number',
    "never send card data here: the payer types it into the gateway's page or fields",
  ],
  idempotency_key_reused: [
    'the key was used before, for a request with other input',
    'use a new key for a new thing; the same key only for the same request',
  ],
  rate_limited: ['too many requests', 'wait as long as `Retry-After` says'],
  internal_error: ['a bug, or an outage behind us', 'try again later; report the `requestId`'],
  database_unavailable: [
    'the database does not answer, or ended the request in favour of others; whether it was done is not known',
    'wait as long as `Retry-After` says, then send it again with the same `Idempotency-Key`',
  ],
  not_ready: [
    'a part that is needed does not answer, such as the token issuer, or the instance is being stopped',
    'wait as long as `Retry-After` says',
  ],
  gateway_unavailable: [
    'the gateway does not answer, and nothing was charged or saved',
    'wait as long as `Retry-After` says, then send the same request with the same key',
  ],
  payments_unavailable: [
    'payments run in a process of their own, which does not answer; nothing was charged or saved',
    'wait as long as `Retry-After` says, then send the same request with the same key',
  ],
  payment_outcome_unknown: [
    'payments run in a process of their own, which was asked and did not answer: it may have happened',
    'wait as long as `Retry-After` says, then send the same request with the same `Idempotency-Key`',
  ],
  service_token_invalid: [
    'between the application and payments: the token of the application is not one of its keys',
    'compare `PAYMENTS_LINK_SIGNING_KEY` there with `PAYMENTS_LINK_PUBLIC_KEYS` here, and the two clocks',
  ],
  payer_token_required: [
    'between the application and payments: a person acts, and no token of theirs came along',
    'a bug of the caller: charge `off`-session in the background, or pass on the request that the person made',
  ],
  client_certificate_required: [
    'this process talks only to callers with a certificate that `TLS_CLIENT_CA_FILE` vouches for',
    'show one: `PAYMENTS_LINK_CERT_FILE` on the application',
  ],
  payments_moving: ['payment data is being moved to another database', 'wait as long as `Retry-After` says'],
  charging_paused: ['operators have paused new charges', 'wait as long as `Retry-After` says'],
};

/** Metric: what an operator watches it for. */
export const METRICS = {
  http_request_duration_seconds: 'the share of 5xx, and the 99th percentile of the money routes',
  gateway_call_duration_seconds: 'a rise of `no_answer`: the gateway, or the way to it, is in trouble',
  gateway_breaker_open: '1 for more than a minute: new charges there are refused as `gateway_unavailable`',
  payments_outcomes_total: 'a falling share of `succeeded`; any `unknown`',
  webhook_inbox_lag_seconds: 'more than a minute: events are not being worked on',
  event_delivery_attempts_total:
    '`outcome`: `taken`; `refused`: it answered, and not with 2xx; `unanswered`: it did not. Rising: `endpoints deliveries` says why',
  event_delivery_lag_seconds:
    'more than an hour: a receiver takes nothing, or not one event; it is tried for three days',
  event_endpoints:
    'any `failing`: tell who runs it; any `disabled` that nobody disabled: it has missed events',
  application_events_total:
    '`outcome`: `taken`; `refused`: it answered, and not with 2xx; `unanswered`: it did not. Without `taken` for minutes, invoices stay open that are paid; nothing is lost',
  payments_link_call_duration_seconds:
    '`outcome`: `answered`; `refused`: payments said no, or failed; `no_answer`: nobody answered, which callers are told as 503. Forwarded requests are in `http_request_duration_seconds`',
  payments_link_breaker_open: '1 for longer than a restart of payments takes',
  outbox_messages_waiting:
    'rising for minutes: a neighbour does not take its events; `outbox_lag_seconds` says since when',
  outbox_lag_seconds: 'more than a minute: a neighbour does not take its events',
  payments_isolation_level:
    'Alarm when the level is not the one that you run with: payment data came nearer than you think, or a right was given that nobody noticed. [How it is measured](../concepts/shapes.md#how-far-apart)',
  audit_seal_lag_seconds:
    'more than a minute: nobody seals, or a transaction somewhere on that server stays open',
  rate_limited_requests_total:
    '`address`: a flood, or a proxy that is not in `TRUSTED_PROXIES`; `person`, `service`: a client that runs wild',
  notices_total: '`given_up`: the mail server refuses us; `no_address`: payers whom nobody can reach',
  payments_pool_connections: '`waiting` above 0 for long: the pool is too small, or the database too slow',
};

/** What a gateway has a call for, by its name in src/payments/gateway/capabilities.ts. */
export const CAPABILITIES = {
  methodTypes: 'what can be saved with it',
  flows: "where the payer gives it: the gateway's own page (`redirect`) or fields in ours (`embedded`)",
  endsSetups: 'a setup that nobody finished can be ended before its time',
  depositTries: 'how often a payer may say which small deposits arrived on their bank account',
  fingerprints: 'the same card saved twice is told by a fingerprint',
  authenticates: 'a payer whom the bank wants to see is sent to the bank and comes back',
  confirmsDebits:
    'that a bank debit was good is told, days later; else it counts as taken when it was sent off, and what its bank refuses is a dispute',
  readsPayments: 'how a payment stands can be asked; else only its answer and its webhooks tell',
  listsEvents: 'past events can be listed, so that a lost webhook is found',
  listsMovements:
    'charges, refunds and disputes can be listed, so that `reconcile` has something to compare with',
  tellsOf: 'what its webhooks tell of; the rest is asked',
  stampsWebhooks: 'webhooks bear their time under the signature, so that an old one is refused',
  warnsOfFraud: "card networks' early fraud warnings are passed on",
  findsRefunds:
    'a refund whose answer was lost can be looked for; else only its news says whether there is one',
  sendsRefundsForHours: 'for how many hours a refund may be sent again',
};
