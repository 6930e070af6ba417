import type { Changes } from '../state/changes.js';
import { newId, randomLetters } from '../state/ids.js';
import type { WebhookEndpoint } from '../state/resources.js';
import { invalidRequest } from '../wire/errors.js';
import { cursor, listOfPage } from '../wire/lists.js';
import { boolean, changedMetadata, clearable, listOf, metadata, string, want } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/webhook_endpoints */
const details = {
  description: clearable,
  enabled_events: listOf(string),
  metadata,
  url: string,
};

export const webhookEndpoints = [
  route(
    'POST /v1/webhook_endpoints',
    { ...details, api_version: string, connect: boolean },
    ({ changes, params }) => {
      const endpoint = addEndpoint(changes, {
        url: want(params.url, 'url'),
        enabledEvents: want(params.enabled_events, 'enabled_events'),
        secret: `whsec_${randomLetters(32)}`,
        description: params.description ?? null,
        apiVersion: params.api_version ?? null,
        metadata: changedMetadata({}, params.metadata),
      });
      // Shown this once: https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-secret
      return { ...endpoint, secret: endpoint.sandbox.secret };
    },
  ),

  route('GET /v1/webhook_endpoints', { ...cursor }, ({ changes, params }) =>
    listOfPage(changes.all('webhook_endpoint'), params, '/v1/webhook_endpoints'),
  ),

  route('GET /v1/webhook_endpoints/:id', {}, ({ changes, id }) => changes.get('webhook_endpoint', id)),

  route('POST /v1/webhook_endpoints/:id', { ...details, disabled: boolean }, ({ changes, params, id }) => {
    const endpoint = changes.get('webhook_endpoint', id);
    return changes.save<WebhookEndpoint>({
      ...endpoint,
      ...(params.description !== undefined && { description: params.description }),
      ...(params.enabled_events && { enabled_events: params.enabled_events }),
      ...(params.url && { url: checkedUrl(params.url) }),
      ...(params.disabled !== undefined && { status: params.disabled ? 'disabled' : 'enabled' }),
      metadata: changedMetadata(endpoint.metadata, params.metadata),
    });
  }),

  route('DELETE /v1/webhook_endpoints/:id', {}, ({ changes, id }) => {
    changes.drop(changes.get('webhook_endpoint', id));
    return { id, object: 'webhook_endpoint', deleted: true };
  }),
];

export function addEndpoint(
  changes: Changes,
  given: {
    url: string;
    secret: string;
    enabledEvents?: string[];
    description?: string | null;
    apiVersion?: string | null;
    metadata?: Record<string, string>;
    /** It is told in Adyen's words, with these credentials. */
    adyen?: { username: string; password: string };
    /** It is told in Braintree's words, signed under this name. */
    braintree?: { publicKey: string };
  },
): WebhookEndpoint {
  return changes.save({
    id: newId('we'),
    object: 'webhook_endpoint',
    api_version: given.apiVersion ?? null,
    application: null,
    created: changes.now,
    description: given.description ?? null,
    enabled_events: given.enabledEvents ?? ['*'],
    livemode: false,
    metadata: given.metadata ?? {},
    status: 'enabled',
    url: checkedUrl(given.url),
    sandbox: {
      secret: given.secret,
      ...(given.adyen && { adyen: given.adyen }),
      ...(given.braintree && { braintree: given.braintree }),
    },
  });
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw invalidRequest('Not a valid URL', 'url_invalid', 'url');
}
