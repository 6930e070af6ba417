import { ADYEN } from './adyen-under-test.js';
import { describeGateway } from './gateway-behaviour.js';

describeGateway('adyen', ADYEN);
