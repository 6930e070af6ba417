import { answerChallenge } from '../behaviour/answer-challenge.js';
import { finishSession, submitSession } from '../behaviour/complete-session.js';
import { confirmSetup } from '../behaviour/confirm-setup.js';
import { returnAddress } from '../behaviour/return-address.js';
import { verifyMicrodeposits } from '../behaviour/verify-microdeposits.js';
import { broughtFrom } from '../adyen/sessions.js';
import { nonceOf } from '../braintree/vault.js';
import { visible, type Changes } from '../state/changes.js';
import { choiceOf, textOf, typedMethod, type Controls } from './ask.js';

/** What a payer would do in a browser, done without one. */
export const payerControls: Controls = {
  /** `returned`: what Adyen gives to the browser that comes back. */
  'POST /_sandbox/checkout-sessions/:id/complete': ({ changes, body, id, origin }) => {
    const session = submitSession(
      changes,
      changes.get('checkout.session', id),
      typedMethod(changes, body),
      origin,
    );
    return {
      ...visible(session),
      ...(session.sandbox.provesNoAccounts && { returned: broughtFrom(session) }),
    };
  },

  'POST /_sandbox/setup-intents/:id/confirm': ({ changes, body, id, origin }) => {
    const intent = changes.get('setup_intent', id);
    const method = typedMethod(changes, body);
    const consent = { type: 'online', acceptedAt: changes.now, ipAddress: '127.0.0.1', userAgent: 'control' };
    const returnUrl = textOf(body, 'return_url') ?? `${origin}/`;
    return visible(confirmSetup(changes, intent, { method, returnUrl, consent, origin }));
  },

  /** What Braintree's fields give for a card. */
  'POST /_sandbox/nonces': ({ changes, body }) => ({ nonce: nonceOf(typedMethod(changes, body)) }),

  /** The id of the challenge, or of the intent that waits for it. */
  'POST /_sandbox/authentications/:id': ({ changes, body, id }) => {
    const outcome = choiceOf(body, 'outcome', ['succeed', 'fail']);
    return answer(changes, id, outcome);
  },

  'POST /_sandbox/microdeposits/:id': ({ changes, body, id }) => {
    const intent = changes.find('setup_intent', id) ?? changes.get('payment_intent', id);
    const amounts = Array.isArray(body.amounts) ? body.amounts.map(Number) : undefined;
    const descriptor_code = textOf(body, 'descriptor_code');
    return visible(
      verifyMicrodeposits(changes, intent, {
        ...(amounts && { amounts }),
        ...(descriptor_code && { descriptor_code }),
      }),
    );
  },
};

export function answer(changes: Changes, id: string, outcome: 'succeed' | 'fail') {
  const waiting = changes.find('payment_intent', id) ?? changes.find('setup_intent', id);
  const challenge = answerChallenge(changes, waiting?.sandbox.authentication ?? id, outcome);
  const intent =
    changes.find('setup_intent', challenge.intent) ?? changes.get('payment_intent', challenge.intent);
  const session = intent.sandbox.session
    ? changes.find('checkout.session', intent.sandbox.session)
    : undefined;
  if (session) finishSession(changes, session);
  const return_to = challenge.returnUrl ? returnAddress(challenge, intent) : null;
  return { ...challenge, return_to, intent: visible(intent) };
}
