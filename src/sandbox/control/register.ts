import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { routes } from '../api/routes.js';
import { TEST_BANK_ACCOUNTS } from '../behaviour/test-bank-accounts.js';
import { TEST_CARDS } from '../behaviour/test-cards.js';
import { CALL_FAULTS, WEBHOOK_FAULTS } from '../faults/faults.js';
import type { Sandbox } from '../sandbox.js';
import { Changes } from '../state/changes.js';
import { authenticate } from '../wire/authentication.js';
import { invalidRequest, StripeError } from '../wire/errors.js';
import type { Body, Controls } from './ask.js';
import { bankControls } from './bank-controls.js';
import { faultControls } from './fault-controls.js';
import { payerControls } from './payer-controls.js';
import { sandboxControls } from './sandbox-controls.js';

const CONTROLS: Controls = {
  ...sandboxControls,
  ...payerControls,
  ...bankControls,
  ...faultControls,

  /** What there is to ask for, for those who write about it. */
  'GET /_sandbox/description': () => ({
    calls: routes.map(({ method, path, parameters }) => ({ method, path, parameters })),
    controls: Object.keys(CONTROLS),
    faults: [...CALL_FAULTS, ...WEBHOOK_FAULTS],
    cards: TEST_CARDS,
    bank_accounts: TEST_BANK_ACCOUNTS,
  }),
};

/** `/_sandbox/...`: what tests and trials ask of the sandbox itself. The key chooses the account, as for Stripe's API. */
export function registerControls(server: FastifyInstance, sandbox: Sandbox, origin: () => string): void {
  for (const [endpoint, control] of Object.entries(CONTROLS)) {
    const [method, url] = endpoint.split(' ') as ['GET' | 'POST' | 'DELETE', string];
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      let changes: Changes | undefined;
      try {
        const { account, isBrowser } = authenticate(sandbox, request);
        if (isBrowser) throw invalidRequest('The control calls take the secret key.');
        changes = new Changes(account);
        const { id = '' } = request.params as { id?: string };
        const body = (request.body ?? request.query ?? {}) as Body;
        const result = await control({ account, changes, body, id, origin: origin(), sandbox });
        await sandbox.keep(changes);
        return reply.send(result);
      } catch (error) {
        if (!(error instanceof StripeError)) throw error;
        if (changes && error.keepsChanges) await sandbox.keep(changes);
        return reply.status(error.status).send({ error: error.body });
      }
    };
    server.route({ method, url, handler });
  }
}
