import type { Provider } from '@nestjs/common';
import { privateKeyOf, publicText } from '../platform/configuration/ed25519-keys.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { PaymentsDatabase } from './database/payments-database.js';
import { OutboxRelay } from './event/outbox.relay.js';
import { ApplicationLink } from './event-endpoint/application-link.js';
import type { PaymentsAloneConfig } from './payments.link.config.js';
import { EventSecretsInUse } from './remote/event-secrets.js';
import { LinkGuard } from './remote/link.guard.js';
import { developmentLinkKey, ServiceTokenVerifier } from './remote/service-tokens.js';

/** What payments need beside the rest where they run alone: by whom they are called, and whom they tell. */
export function besideApplication(alone: PaymentsAloneConfig): Provider[] {
  return [LinkGuard, applicationKnownBy(alone), applicationToldBy(alone)];
}

function applicationKnownBy(alone: PaymentsAloneConfig): Provider {
  return {
    provide: ServiceTokenVerifier,
    inject: [PlatformConfig],
    useFactory: (platform: PlatformConfig) => {
      const made = alone.PAYMENTS_LINK_PUBLIC_KEYS
        ? []
        : [publicText(privateKeyOf(developmentLinkKey(platform.DATA_FOLDER)))];
      return new ServiceTokenVerifier(() => alone.PAYMENTS_LINK_PUBLIC_KEYS ?? made);
    },
  };
}

function applicationToldBy(alone: PaymentsAloneConfig): Provider {
  return {
    provide: ApplicationLink,
    inject: [OutboxRelay, PaymentsDatabase, PlatformConfig, Metrics],
    useFactory: (
      relay: OutboxRelay,
      database: PaymentsDatabase,
      { DATA_FOLDER }: PlatformConfig,
      metrics: Metrics,
    ) => {
      const { PAYMENTS_EVENTS_URL: url, PAYMENTS_EVENTS_CA_FILE: caFile } = alone;
      const { all: secrets } = EventSecretsInUse.of(alone, DATA_FOLDER);
      return new ApplicationLink(relay, database, { url, caFile, secrets }, metrics);
    },
  };
}
