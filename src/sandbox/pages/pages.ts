import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bankAccountFrom } from '../api/bank-details.js';
import { cardFrom } from '../api/card-details.js';
import { finishSession, intentOf, submitSession } from '../behaviour/complete-session.js';
import { problemOf, returnAddress } from '../behaviour/return-address.js';
import { verifyMicrodeposits } from '../behaviour/verify-microdeposits.js';
import { answer } from '../control/payer-controls.js';
import type { Sandbox } from '../sandbox.js';
import type { Account } from '../state/account.js';
import { Changes } from '../state/changes.js';
import type { PaymentIntent, PaymentMethod, SetupIntent } from '../state/resources.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { StripeError } from '../wire/errors.js';
import { answeredPage, authenticationPage } from './authentication-page.js';
import { checkoutPage, expiryOf, successUrl, type Method } from './checkout-page.js';
import { page } from './html.js';
import { microdepositsPage, verifiedPage } from './microdeposits-page.js';

type Form = Record<string, string | undefined>;
interface Visit {
  changes: Changes;
  id: string;
  form: Form;
  query: Form;
  origin: string;
}
type Shown = { html: string; status?: number } | { redirect: string };

/** The pages that a payer's browser sees. An id that nobody can guess opens them: there is no key in a browser. */
const PAGES: Record<string, (visit: Visit) => Shown | undefined> = {
  'GET /c/pay/:id': ({ changes, id, query }) => {
    const session = changes.find('checkout.session', id);
    if (!session || session.status === 'expired') return undefined;
    if (session.status === 'complete') return { redirect: successUrl(session) };
    return { html: checkoutPage(session, methodOf(query, session)) };
  },

  'POST /c/pay/:id': ({ changes, id, form, origin }) => {
    const session = changes.get('checkout.session', id);
    const problem = attempt(changes, () =>
      submitSession(changes, session, typedMethod(changes, form), origin),
    );
    const after = changes.get('checkout.session', id);
    if (problem) return { html: checkoutPage(after, methodOf(form, after), problem), status: 402 };
    const issuer = intentOf(changes, after)?.next_action?.redirect_to_url?.url;
    return { redirect: issuer ?? successUrl(after) };
  },

  // The payer comes back from the issuer's page: done, or back to the form with the reason.
  'GET /c/pay/:id/return': ({ changes, id }) => {
    const session = finishSession(changes, changes.get('checkout.session', id));
    if (session.status === 'complete') return { redirect: successUrl(session) };
    const intent = intentOf(changes, session);
    return { html: checkoutPage(session, methodOf({}, session), problemOf(intent)), status: 402 };
  },

  'GET /authentications/:id': ({ id }) => ({ html: authenticationPage(id) }),

  'POST /authentications/:id': ({ changes, id, form }) => {
    const challenge = changes.get('sandbox.authentication', id);
    if (challenge.status === 'open') answer(changes, id, form.outcome === 'succeed' ? 'succeed' : 'fail');
    const intent = changes.anything(challenge.intent) as PaymentIntent | SetupIntent;
    const isRedirected = challenge.returnUrl !== null && !challenge.isForStripeJs;
    return isRedirected ? { redirect: returnAddress(challenge, intent) } : { html: answeredPage(id) };
  },

  'GET /microdeposits/:id': ({ changes, id }) => {
    const asked = intentById(changes, id)?.next_action?.verify_with_microdeposits;
    return { html: asked ? microdepositsPage(id, asked.microdeposit_type) : verifiedPage() };
  },

  'POST /microdeposits/:id': ({ changes, id, form }) => {
    const intent = intentById(changes, id)!;
    const { descriptor_code, amount1, amount2 } = form;
    const proof = descriptor_code ? { descriptor_code } : { amounts: [Number(amount1), Number(amount2)] };
    const problem = attempt(changes, () => verifyMicrodeposits(changes, intent, proof));
    const type = intent.next_action?.verify_with_microdeposits?.microdeposit_type ?? 'descriptor_code';
    return problem ? { html: microdepositsPage(id, type, problem), status: 400 } : { html: verifiedPage() };
  },
};

export function registerPages(server: FastifyInstance, sandbox: Sandbox, origin: () => string): void {
  for (const [endpoint, show] of Object.entries(PAGES)) {
    const [method, url] = endpoint.split(' ') as ['GET' | 'POST', string];
    server.route({
      method,
      url,
      handler: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const { id } = request.params as { id: string };
        const account = ownerOf(sandbox, id);
        if (!account) return notFound(reply);
        const changes = new Changes(account);
        const form = (request.body ?? {}) as Form;
        const visit = { changes, id, form, query: request.query as Form, origin: origin() };
        const shown = hasPage(id, url) ? show(visit) : undefined;
        if (!shown) return notFound(reply);
        await sandbox.keep(changes);
        return 'redirect' in shown ? reply.redirect(shown.redirect, 303) : send(reply, shown);
      },
    });
  }
}

/** The id of another thing opens no page. */
function hasPage(id: string, url: string): boolean {
  if (url.startsWith('/c/pay')) return id.startsWith('cs_test_');
  if (url.startsWith('/authentications')) return id.startsWith('auth_');
  return id.startsWith('seti_') || id.startsWith('pi_');
}

/** What the payer typed may be refused: the page says why. A decline leaves its mark; a mistyped number does not. */
function attempt(changes: Changes, work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    if (!error.keepsChanges) changes.discard();
    return error.message;
  }
}

function typedMethod(changes: Changes, form: Form): PaymentMethod {
  const { number = '', expiry = '', cvc = '', name = '', account_number, routing_number } = form;
  const made =
    form.method !== 'us_bank_account'
      ? cardFrom(changes, { number, cvc, ...expiryOf(expiry) }, true)
      : bankAccountFrom(
          changes,
          { ...(account_number && { account_number }), ...(routing_number && { routing_number }) },
          { isVerified: form.verification === 'instant' },
        );
  return changes.save({ ...made, billing_details: { ...made.billing_details, name: name || null } });
}

/** What the payer chose; at first, and where it is not offered, what the session offers first. */
function methodOf({ method }: Form, session: CheckoutSession): Method {
  const [first = 'card', ...others] = session.payment_method_types as Method[];
  return [first, ...others].find((it) => it === method) ?? first;
}

function intentById(changes: Changes, id: string): PaymentIntent | SetupIntent | undefined {
  return changes.find('setup_intent', id) ?? changes.find('payment_intent', id);
}

function ownerOf(sandbox: Sandbox, id: string): Account | undefined {
  return [...sandbox.accounts.values()].find((account) => account.objects.has(id));
}

function send(reply: FastifyReply, { html, status = 200 }: { html: string; status?: number }): FastifyReply {
  return reply
    .status(status)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8')
    .send(html);
}

function notFound(reply: FastifyReply): FastifyReply {
  const html = page('Not found', '<h1>Not found</h1><p>This page has expired or never was.</p>');
  return send(reply, { html, status: 404 });
}
