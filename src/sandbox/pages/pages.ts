import type { FastifyInstance, FastifyReply } from 'fastify';
import { cardFrom } from '../api/card-details.js';
import { finishSession, submitSession } from '../behaviour/complete-session.js';
import { answer } from '../control/payer-controls.js';
import type { Sandbox } from '../sandbox.js';
import type { Account, Kind } from '../state/account.js';
import { Changes } from '../state/changes.js';
import { StripeError } from '../wire/errors.js';
import { authenticationPage } from './authentication-page.js';
import { checkoutPage, expiryOf, successUrl } from './checkout-page.js';
import { page } from './html.js';

type Params = { Params: { id: string }; Body?: Record<string, string> };

/** The pages that a payer's browser sees. An id that nobody can guess opens them; there is no key in a browser. */
export function registerPages(server: FastifyInstance, sandbox: Sandbox, origin: () => string): void {
  server.get<Params>('/c/pay/:id', async (request, reply) => {
    const found = owner(sandbox, 'checkout.session', request.params.id);
    if (!found) return notFound(reply);
    const session = new Changes(found).get('checkout.session', request.params.id);
    if (session.status === 'complete') return reply.redirect(successUrl(session), 303);
    if (session.status === 'expired') return notFound(reply);
    return show(reply, checkoutPage(session));
  });

  server.post<Params>('/c/pay/:id', async (request, reply) => {
    const found = owner(sandbox, 'checkout.session', request.params.id);
    if (!found) return notFound(reply);
    const changes = new Changes(found);
    const session = changes.get('checkout.session', request.params.id);
    try {
      const { number = '', expiry = '', cvc = '', name = '' } = request.body ?? {};
      const typed = cardFrom(changes, { number, cvc, ...expiryOf(expiry) }, true);
      const method = changes.save({
        ...typed,
        billing_details: { ...typed.billing_details, name: name || null },
      });
      submitSession(changes, session, method, origin());
      await sandbox.keep(changes);
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      if (error.keepsChanges) await sandbox.keep(changes);
      return show(reply, checkoutPage(session, error.message), 402);
    }
    const after = new Changes(found).get('checkout.session', session.id);
    const setup = after.setup_intent ? found.find('setup_intent', after.setup_intent) : undefined;
    return reply.redirect(setup?.next_action?.redirect_to_url?.url ?? successUrl(after), 303);
  });

  // The payer comes back from the issuer's page: done, or back to the form with the reason.
  server.get<Params>('/c/pay/:id/return', async (request, reply) => {
    const found = owner(sandbox, 'checkout.session', request.params.id);
    if (!found) return notFound(reply);
    const changes = new Changes(found);
    const session = finishSession(changes, changes.get('checkout.session', request.params.id));
    await sandbox.keep(changes);
    if (session.status === 'complete') return reply.redirect(successUrl(session), 303);
    const setup = session.setup_intent ? found.find('setup_intent', session.setup_intent) : undefined;
    return show(reply, checkoutPage(session, setup?.last_setup_error?.message), 402);
  });

  server.get<Params>('/authentications/:id', async (request, reply) => {
    const found = owner(sandbox, 'sandbox.authentication', request.params.id);
    return found ? show(reply, authenticationPage(request.params.id)) : notFound(reply);
  });

  server.post<Params>('/authentications/:id', async (request, reply) => {
    const found = owner(sandbox, 'sandbox.authentication', request.params.id);
    if (!found) return notFound(reply);
    const changes = new Changes(found);
    const challenge = changes.get('sandbox.authentication', request.params.id);
    const intent = changes.anything(challenge.intent) as { client_secret?: string } | undefined;
    if (challenge.status === 'open') {
      answer(changes, challenge.id, request.body?.outcome === 'succeed' ? 'succeed' : 'fail');
      await sandbox.keep(changes);
    }
    if (!challenge.returnUrl)
      return show(reply, page('Done', '<h1>Done</h1><p>You can close this page.</p>'));
    return reply.redirect(returnAddress(challenge.returnUrl, challenge.intent, intent?.client_secret), 303);
  });
}

/** https://docs.stripe.com/payments/accept-a-payment: the payer brings the intent back in the address. */
function returnAddress(returnUrl: string, intent: string, secret: string | undefined): string {
  const url = new URL(returnUrl);
  const name = intent.startsWith('seti_') ? 'setup_intent' : 'payment_intent';
  url.searchParams.set(name, intent);
  if (secret) url.searchParams.set(`${name}_client_secret`, secret);
  url.searchParams.set('redirect_status', 'succeeded');
  return url.toString();
}

function owner(sandbox: Sandbox, kind: Kind, id: string): Account | undefined {
  return [...sandbox.accounts.values()].find((account) => account.find(kind, id));
}

function show(reply: FastifyReply, html: string, status = 200): FastifyReply {
  return reply
    .status(status)
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8')
    .send(html);
}

function notFound(reply: FastifyReply): FastifyReply {
  return show(reply, page('Not found', '<h1>Not found</h1><p>This page has expired or never was.</p>'), 404);
}
