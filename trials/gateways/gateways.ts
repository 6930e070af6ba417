import { ADYEN } from './adyen.ts';
import { BRAINTREE } from './braintree.ts';
import type { GatewayName, TrialGateway } from './gateway.ts';
import { STRIPE } from './stripe.ts';

export const GATEWAYS: Record<GatewayName, TrialGateway> = {
  stripe: STRIPE,
  adyen: ADYEN,
  braintree: BRAINTREE,
};
