import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cardFrom } from '../api/card-details.js';
import { addEndpoint } from '../api/webhook-endpoints.js';
import { usablePaymentMethod } from '../api/wallet.js';
import { answerChallenge } from '../behaviour/answer-challenge.js';
import { finishSession, submitSession } from '../behaviour/complete-session.js';
import { confirmSetup } from '../behaviour/confirm-setup.js';
import type { Sandbox } from '../sandbox.js';
import type { Account } from '../state/account.js';
import { Changes, visible } from '../state/changes.js';
import { randomLetters } from '../state/ids.js';
import type { PaymentMethod } from '../state/resources.js';
import { authenticate } from '../wire/authentication.js';
import { invalidRequest, StripeError } from '../wire/errors.js';

type Body = Record<string, unknown>;
interface Control {
  account: Account;
  changes: Changes;
  body: Body;
  id: string;
  origin: string;
  sandbox: Sandbox;
}

/** `/_sandbox/...`: what tests and trials ask of the sandbox itself. The key chooses the account, as for Stripe's API. */
const CONTROLS: Record<string, (control: Control) => unknown> = {
  'POST /_sandbox/reset': async ({ account, sandbox, changes }) => {
    await sandbox.commit(changes, { reset: true });
    return { account: account.id, reset: true };
  },

  'GET /_sandbox/ledger': ({ account }) => ({ data: account.ledger }),

  'POST /_sandbox/webhook-endpoints': ({ changes, body }) => {
    const secret = typeof body.secret === 'string' ? body.secret : `whsec_${randomLetters(32)}`;
    const enabledEvents = Array.isArray(body.enabled_events) ? body.enabled_events.map(String) : ['*'];
    const endpoint = addEndpoint(changes, { url: String(body.url), secret, enabledEvents });
    return { ...visible(endpoint), secret };
  },

  'GET /_sandbox/deliveries': ({ account }) => ({ data: account.all('sandbox.delivery') }),

  'POST /_sandbox/deliveries/wait': async ({ account, sandbox }) => {
    await sandbox.webhooks.idle(account);
    return { data: account.all('sandbox.delivery') };
  },

  'POST /_sandbox/checkout-sessions/:id/complete': ({ changes, body, id, origin }) => {
    const session = changes.get('checkout.session', id);
    submitSession(changes, session, typedMethod(changes, body), origin);
    return visible(changes.get('checkout.session', id));
  },

  'POST /_sandbox/setup-intents/:id/confirm': ({ changes, body, id, origin }) => {
    const intent = changes.get('setup_intent', id);
    const returnUrl = typeof body.return_url === 'string' ? body.return_url : `${origin}/`;
    return visible(confirmSetup(changes, intent, { method: typedMethod(changes, body), returnUrl, origin }));
  },

  'POST /_sandbox/authentications/:id': ({ changes, body, id }) => {
    if (body.outcome !== 'succeed' && body.outcome !== 'fail') {
      throw invalidRequest('Invalid outcome: must be one of succeed or fail', undefined, 'outcome');
    }
    return answer(changes, id, body.outcome);
  },
};

/** The id may be that of the challenge or of the intent that waits for it. */
export function answer(changes: Changes, id: string, outcome: 'succeed' | 'fail') {
  const intent = changes.find('payment_intent', id) ?? changes.find('setup_intent', id);
  const challenge = answerChallenge(changes, intent?.sandbox.authentication ?? id, outcome);
  const after =
    changes.find('setup_intent', challenge.intent) ?? changes.get('payment_intent', challenge.intent);
  const session = after.sandbox.session ? changes.find('checkout.session', after.sandbox.session) : undefined;
  if (session) finishSession(changes, session);
  return { ...challenge, intent: visible(after) };
}

export function registerControls(server: FastifyInstance, sandbox: Sandbox, origin: () => string): void {
  for (const [endpoint, control] of Object.entries(CONTROLS)) {
    const [method, url] = endpoint.split(' ') as ['GET' | 'POST', string];
    server.route({
      method,
      url,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        let changes: Changes | undefined;
        try {
          const { account, isBrowser } = authenticate(sandbox, request);
          if (isBrowser) throw invalidRequest('The control calls take the secret key.');
          changes = new Changes(account);
          const { id = '' } = request.params as { id?: string };
          const body = (request.body ?? request.query ?? {}) as Body;
          const result = await control({ account, changes, body, id, origin: origin(), sandbox });
          await keep(sandbox, changes);
          return await reply.send(result);
        } catch (error) {
          if (!(error instanceof StripeError)) throw error;
          if (changes && error.keepsChanges) await keep(sandbox, changes);
          return reply.status(error.status).send({ error: error.body });
        }
      },
    });
  }
}

async function keep(sandbox: Sandbox, changes: Changes): Promise<void> {
  if (changes.isEmpty) return;
  await sandbox.commit(changes);
  sandbox.webhooks.deliver(changes.account, changes.deliveries);
}

/** `{payment_method: 'pm_card_visa'}`, or what a payer would type: `{number, exp_month, exp_year, cvc}`. */
function typedMethod(changes: Changes, body: Body): PaymentMethod {
  if (typeof body.payment_method === 'string') return usablePaymentMethod(changes, body.payment_method);
  const nextYear = new Date(changes.account.nowMs()).getUTCFullYear() + 1;
  const card = {
    number: String(body.number ?? ''),
    exp_month: Number(body.exp_month ?? 12),
    exp_year: Number(body.exp_year ?? nextYear),
    cvc: String(body.cvc ?? '123'),
  };
  return changes.save(cardFrom(changes, card, true));
}
