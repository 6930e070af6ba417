import { BRAINTREE } from './braintree-under-test.js';
import { describeGateway } from './gateway-behaviour.js';

describeGateway('braintree', BRAINTREE);
