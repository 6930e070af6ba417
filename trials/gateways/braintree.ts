import { createHash } from 'node:crypto';
import { asOurs, derived, endedIfDeclined, type TrialGateway } from './gateway.ts';

const MERCHANT = '/merchants/sandboxmerchant';
const put =
  (element: string, value: string) =>
  (answer: string): string =>
    answer.replace(new RegExp(`(<${element}>)[^<]*`, 'g'), `$1${value}`);

export const BRAINTREE: TrialGateway = {
  name: 'braintree',
  flow: 'embedded',
  calls: {
    confirm: 'POST /merchants/*/transactions',
    read: 'POST /merchants/*/transactions/advanced_search_ids',
    capture: 'PUT /merchants/*/transactions/*/submit_for_settlement',
    cancel: 'PUT /merchants/*/transactions/*/void',
    refund: 'POST /merchants/*/transactions/*/refund',
    customer: 'POST /merchants/*/customers',
    startSetup: 'POST /merchants/*/client_token',
    readSetup: 'GET /merchants/*/payment_methods/any/*',
    completeSetup: 'POST /merchants/*/payment_methods',
    detach: 'DELETE /merchants/*/payment_methods/any/*',
  },
  sendsToBank: false,
  tellsOfSetups: false,
  listsEvents: false,
  keepsErrors: false, // nothing says so; and no day passes in its order ids, after which a search would be believed
  lies: {
    'a wrong amount': put('amount', '0.01'),
    'another currency': put('currency-iso-code', 'EUR'),
    'an unknown status': put('status', 'on_hold'),
  },
  keyed: /\/transactions($|\/\w+\/(refund|void|submit_for_settlement)$)/,

  newSecret: () => '', // its news are signed with the key of its API
  base: 'BRAINTREE_API_BASE',
  settings: ({ secretKey }) => ({
    PAYMENT_GATEWAY: 'braintree',
    BRAINTREE_PUBLIC_KEY: secretKey.replace('sk_', 'bt_public_'),
    BRAINTREE_PRIVATE_KEY: secretKey.replace('sk_', 'bt_private_'),
  }),
  endpoint: ({ secretKey }) => ({
    secret: secretKey.replace('sk_', 'bt_private_'),
    public_key: secretKey.replace('sk_', 'bt_public_'),
  }),
  newsIn: (body) => {
    const xml = Buffer.from(new URLSearchParams(body).get('bt_payload')!, 'base64').toString();
    const [, type = ''] = /<kind>([^<]*)/.exec(xml) ?? [];
    // As it is called here: by what it says of what, and when. What is said of more than disputes needs no such name.
    const [, dispute] = /<dispute>.*?<id>([^<]*)/s.exec(xml) ?? [];
    const [, at] = /<timestamp[^>]*>([^<]*)/.exec(xml) ?? [];
    const id = dispute ? `${type}:${dispute}:${at}` : createHash('sha256').update(xml).digest('hex');
    return { id, type, object: { xml } };
  },
  isAbout: ({ xml }, payment) => xml.includes(`<order-id>${payment}<`),

  payment: (intent) => {
    const { order_id: reference } = intent.metadata;
    return reference === undefined ? null : asOurs(endedIfDeclined(intent), reference);
  },
  customer: async (_, name) => name,
  // A refund goes out with the next batch, which counts as done here; what its bank sends back is told.
  refund: (refund) => ({
    ...refund,
    status: refund.status === 'pending' ? 'succeeded' : refund.status,
    metadata: { refund_id: refund.metadata.order_id },
  }),
  disputeName: ({ id }) => nameOf(id),
  settle: async (account, { id }) => {
    const keys = ['public', 'private'].map((half) => account.secretKey.replace('sk_', `bt_${half}_`));
    const authorization = `Basic ${Buffer.from(keys.join(':')).toString('base64')}`;
    await account.call('PUT', `${MERCHANT}/transactions/${nameOf(id)}/settle`, {}, { authorization });
  },
};

function nameOf(id: string): string {
  return derived('bt', id, 12).toLowerCase();
}
