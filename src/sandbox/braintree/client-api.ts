import type { FastifyInstance } from 'fastify';
import { cardFrom } from '../api/card-details.js';
import { expiryOf } from '../pages/checkout-page.js';
import type { Sandbox } from '../sandbox.js';
import { Changes } from '../state/changes.js';
import { StripeError } from '../wire/errors.js';
import { cardTypeOf, MERCHANT_ID } from './names.js';
import { nonceOf } from './vault.js';

interface Asked {
  authorizationFingerprint?: string;
  creditCard?: { number?: string; expirationDate?: string; cvv?: string };
}

/** What Braintree's fields ask from their frame: they hold digits, so this is open to whoever has a client token, and to no key. */
export function registerClientApi(server: FastifyInstance, sandbox: Sandbox): void {
  server.post(
    `/merchants/${MERCHANT_ID}/client_api/v1/payment_methods/credit_cards`,
    async (request, reply) => {
      const { authorizationFingerprint = '', creditCard = {} } = (request.body ?? {}) as Asked;
      const account = sandbox.accounts.get(authorizationFingerprint);
      if (!account) return reply.status(403).send({ error: { message: 'The client token is not valid.' } });
      const changes = new Changes(account);
      try {
        const { number = '', expirationDate = '', cvv = '' } = creditCard;
        const card = { number, cvc: cvv, ...expiryOf(expirationDate) };
        const method = changes.save(cardFrom(changes, card, true));
        await sandbox.keep(changes);
        const details = { cardType: cardTypeOf(method.card?.brand ?? ''), lastFour: method.card?.last4 };
        return await reply.status(202).send({ creditCards: [{ nonce: nonceOf(method), details }] });
      } catch (error) {
        if (!(error instanceof StripeError)) throw error;
        return reply.status(422).send({ error: { message: error.message } });
      }
    },
  );
}
