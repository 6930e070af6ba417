import { randomBytes } from 'node:crypto';
import type { Json } from '../world/gateway-account.ts';
import { asOurs, derived, endedIfDeclined, type TrialGateway } from './gateway.ts';

const say =
  (facts: (answer: Json) => object) =>
  (answer: string): string => {
    const given = JSON.parse(answer) as Json;
    return JSON.stringify({ ...given, ...facts(given) });
  };
const CREDENTIALS = { username: 'adyen', password: 'of-trials' };

export const ADYEN: TrialGateway = {
  name: 'adyen',
  flow: 'redirect',
  calls: {
    confirm: 'POST /v72/payments',
    returned: 'POST /v72/payments/details',
    capture: 'POST /v72/payments/*/captures',
    cancel: 'POST /v72/payments/*/cancels',
    refund: 'POST /v72/payments/*/refunds',
    startSetup: 'POST /v72/sessions',
    readSetup: 'GET /v72/storedPaymentMethods',
    completeSetup: 'GET /v72/storedPaymentMethods',
    detach: 'DELETE /v72/storedPaymentMethods/*',
  },
  sendsToBank: true,
  tellsOfSetups: true,
  listsEvents: false,
  keepsErrors: true,
  lies: {
    'a wrong amount': say(({ amount }) => ({ amount: { ...amount, value: 1 } })),
    'another currency': say(({ amount }) => ({ amount: { ...amount, currency: 'JPY' } })),
    'an unknown status': say(() => ({ resultCode: 'OnHold' })),
  },
  keyed: /^\/v72\/(sessions$|payments$|payments\/\w+\/|cancels$)/,

  newSecret: () => randomBytes(32).toString('hex').toUpperCase(),
  base: 'ADYEN_API_BASE',
  settings: ({ secretKey }, secret) => ({
    PAYMENT_GATEWAY: 'adyen',
    ADYEN_API_KEY: secretKey.replace('sk_', 'AQE_'),
    ADYEN_HMAC_KEYS: secret,
    ADYEN_WEBHOOK_CREDENTIALS: `${CREDENTIALS.username}:${CREDENTIALS.password}`,
  }),
  endpoint: (_, secret) => ({ secret, ...CREDENTIALS }),
  newsIn: (body) => {
    const told = JSON.parse(body) as Json;
    if (!told.notificationItems) return { id: told.eventId, type: told.type, object: told.data };
    const item = told.notificationItems[0].NotificationRequestItem;
    const { eventCode, pspReference, success } = item;
    return { id: `${eventCode}:${pspReference}:${success}`, type: eventCode, object: item };
  },
  isAbout: ({ merchantReference }, payment) => merchantReference === payment,

  // A try that needed the payer is followed by another payment under the same reference.
  payment: (intent, all) => {
    const { reference } = intent.metadata;
    if (reference === undefined) return null;
    const others = all.filter((it) => it !== intent && it.metadata.reference === reference);
    if (intent.status === 'requires_payment_method' && others.some((it) => it.created >= intent.created))
      return null;
    const isAsked = intent.last_payment_error?.code === 'authentication_required';
    return asOurs(isAsked ? intent : endedIfDeclined(intent), reference);
  },
  customer: async (account, name) => {
    const all = await account.all('customers');
    return all.find(({ metadata }) => metadata.shopper_reference === name)?.id ?? null;
  },
  refund: (refund) => ({ ...refund, metadata: { refund_id: refund.metadata.reference } }),
  disputeName: ({ id }) => derived('psp', id, 16).toUpperCase(),
};
