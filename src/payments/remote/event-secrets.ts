import { randomBytes } from 'node:crypto';
import { developmentSecret } from '../../platform/configuration/development-secret.js';

/** What signs events on their way to the application. */
export class EventSecretsInUse {
  /** Asked for each time: they are exchanged while the program runs. */
  constructor(readonly all: () => readonly string[]) {}

  /** In development, where both programs share a data folder, it is made there. */
  static of(config: { PAYMENTS_EVENTS_SECRETS: string[] }, dataFolder: string): EventSecretsInUse {
    const isConfigured = config.PAYMENTS_EVENTS_SECRETS.length > 0;
    const made = isConfigured ? [] : [developmentSecret(dataFolder, 'payments-events-secret', newSecret)];
    return new EventSecretsInUse(() => (isConfigured ? config.PAYMENTS_EVENTS_SECRETS : made));
  }
}

/** As Standard Webhooks has it. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
