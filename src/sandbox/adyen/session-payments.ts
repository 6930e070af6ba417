import type { FastifyInstance } from 'fastify';
import { bankAccountFrom } from '../api/bank-details.js';
import { cardFrom } from '../api/card-details.js';
import { goOn } from '../behaviour/answer-challenge.js';
import { finishSession } from '../behaviour/complete-session.js';
import { confirmSetup } from '../behaviour/confirm-setup.js';
import { expiryOf } from '../pages/checkout-page.js';
import type { Sandbox } from '../sandbox.js';
import type { Account } from '../state/account.js';
import { Changes } from '../state/changes.js';
import type { Challenge, PaymentMethod, SetupIntent } from '../state/resources.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { StripeError } from '../wire/errors.js';
import { pspOf } from './names.js';
import { refusalOf } from './refusals.js';
import type { Json } from './route.js';
import { sessionNamed, resultTokenOf } from './sessions.js';

/** What was typed; Adyen's own fields encrypt a card's digits first. */
interface Typed {
  type?: string;
  number?: string;
  expiryDate?: string;
  securityCode?: string;
  bankAccountNumber?: string;
  bankLocationId?: string;
}

/**
 * What Adyen's script asks for what was typed into a page's fields: open to whoever has the session and the client key, which is
 * no secret. https://docs.adyen.com/development-resources/client-side-authentication
 */
export function registerSessionPayments(
  server: FastifyInstance,
  sandbox: Sandbox,
  origin: () => string,
): void {
  server.post('/checkoutshopper/v1/sessions/:id/payments', async (request, reply) => {
    const { id } = request.params as { id: string };
    const { clientKey = '' } = request.query as { clientKey?: string };
    const { sessionData, paymentMethod = {} } = request.body as Json & { paymentMethod?: Typed };
    const account = ownerOf(sandbox, clientKey);
    const changes = account && new Changes(account);
    const session = changes && sessionNamed(changes, id);
    if (!session || sessionData !== session.id || session.status !== 'open')
      return reply.status(403).send({ errorCode: '901', message: 'The session is not valid.' });
    try {
      const answer = paid(changes, session, paymentMethod, origin());
      await sandbox.keep(changes);
      return await reply.send(answer);
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      return reply.status(422).send({ errorCode: '101', message: error.message });
    }
  });
}

/** Every client key names the account of the Stripe key alike. */
function ownerOf(sandbox: Sandbox, clientKey: string): Account | null {
  const [, name] = /^test_([A-Za-z0-9_-]{1,200})$/.exec(clientKey) ?? [];
  return name ? sandbox.accountOfKey(`sk_test_${name}`) : null;
}

/** A payment of nothing, by which it is stored; the payer's bank may want to see them first. */
function paid(changes: Changes, session: CheckoutSession, typed: Typed, origin: string): Json {
  const method = changes.save(methodOf(changes, typed));
  const begun = changes.get('setup_intent', session.setup_intent ?? '');
  const setup = { ...begun, sandbox: { ...begun.sandbox, waitsForDetails: true as const } };
  const consent = { type: 'online', acceptedAt: changes.now, ipAddress: '127.0.0.1', userAgent: 'fields' };
  attempted(() => confirmSetup(changes, setup, { method, returnUrl: session.success_url!, consent, origin }));
  finishSession(changes, session);
  const after = changes.get('setup_intent', begun.id);
  const redirect = after.next_action?.redirect_to_url;
  const common = { sessionData: session.id, sessionResult: resultTokenOf(session) };
  return after.status === 'requires_action' && redirect
    ? {
        ...common,
        resultCode: 'RedirectShopper',
        action: { type: 'redirect', method: 'GET', url: redirect.url },
      }
    : { ...common, ...answerOf(after) };
}

/** The payer is back from their bank. */
export function stored(changes: Changes, challenge: Challenge): Json {
  attempted(() => goOn(changes, challenge));
  const setup = changes.get('setup_intent', challenge.intent);
  finishSession(changes, changes.get('checkout.session', setup.sandbox.session ?? ''));
  const facts = { pspReference: pspOf(setup.id), merchantReference: setup.metadata['reference'] };
  return { ...facts, amount: { value: 0, currency: 'USD' }, ...answerOf(setup) };
}

function answerOf(setup: SetupIntent): Json {
  if (setup.status === 'succeeded') return { resultCode: 'Authorised' };
  const { refusalReason, refusalReasonCode } = refusalOf(setup.last_setup_error);
  return { resultCode: 'Refused', refusalReason, refusalReasonCode };
}

/** A refusal is an answer, and what it left behind is kept. */
function attempted(attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof StripeError) || !error.keepsChanges) throw error;
  }
}

function methodOf(changes: Changes, typed: Typed): PaymentMethod {
  const { type, number = '', expiryDate = '', securityCode = '' } = typed;
  if (type !== 'ach') return cardFrom(changes, { number, cvc: securityCode, ...expiryOf(expiryDate) }, true);
  const { bankAccountNumber: account_number = '', bankLocationId: routing_number = '' } = typed;
  return bankAccountFrom(changes, { account_number, routing_number }, { isVerified: true });
}
