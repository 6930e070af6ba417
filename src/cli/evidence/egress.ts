import { NotificationsConfig } from '../../notifications/notifications.config.js';
import { PaymentsConfig } from '../../payments/payments.config.js';
import type { Configuration } from '../../platform/configuration/configuration.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { PortalConfig } from '../../portal/portal.config.js';

/** Everything outside of us that the program calls, or sends browsers to; its databases stand elsewhere in the evidence. */
export function egressHosts(configuration: Configuration, eventEndpointUrls: readonly string[]): string[] {
  const { goesTo, SMTP_URL } = configuration.of(NotificationsConfig);
  const addresses = [
    configuration.of(PortalConfig).gatewayScript,
    configuration.of(PlatformConfig).AUTH_ISSUER,
    goesTo === 'smtp' ? SMTP_URL : null,
    ...eventEndpointUrls,
  ];
  const hosts = addresses.flatMap((it) => (it ? [new URL(it).hostname] : []));
  return [...new Set([...configuration.of(PaymentsConfig).gateway.hosts, ...hosts])].sort();
}
