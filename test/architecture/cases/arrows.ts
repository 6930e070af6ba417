import { WALL, type Case } from './case.js';

const row = (way: string, file: string, path: string): Case => ({
  way,
  file,
  code: `import '${path}';`,
  refusedBy: WALL,
});

/** Who may import whom, one refused pair for each arrow of the house. */
export const arrows: Case[] = [
  row(
    'a neighbour to the inside of another neighbour',
    'src/billing/to-accounts.ts',
    '../accounts/accounts.service.js',
  ),
  row("a neighbour to payments' wiring", 'src/billing/to-wiring.ts', '../payments/payments.module.js'),
  row("a neighbour to payments' settings", 'src/accounts/to-settings.ts', '../payments/payments.config.js'),
  row("a neighbour to payments' facade", 'src/notifications/to-facade.ts', '../payments/payments.facade.js'),
  row(
    'a neighbour to an adapter',
    'src/billing/to-adapter.ts',
    '../payments/gateway/stripe/stripe.gateway.js',
  ),
  row('a neighbour to money.ts', 'src/billing/to-money.ts', '../payments/money.js'),
  row('a neighbour to the sandbox', 'src/billing/to-sandbox.ts', '../sandbox/main.js'),
  row('a neighbour to the place where modules meet', 'src/billing/to-app.ts', '../app.module.js'),
  row(
    'the portal to the contract: it knows the REST API only',
    'src/portal/to-door.ts',
    '../payments/payments.contract.js',
  ),
  row(
    'the platform to the contract: it knows no module',
    'src/platform/to-door.ts',
    '../payments/payments.contract.js',
  ),
  row(
    'payments to a neighbour, even by its door',
    'src/payments/payment/to-billing.ts',
    '../../billing/billing.contract.js',
  ),
  row('payments to the sandbox', 'src/payments/gateway/stripe/to-sandbox.ts', '../../../sandbox/main.js'),
  row('payments to the place where modules meet', 'src/payments/event/to-app.ts', '../../app.module.js'),
  row(
    'a payment method up to a payment',
    'src/payments/payment-method/up.ts',
    '../payment/payment.entity.js',
  ),
  row('a payment up to a refund', 'src/payments/payment/up.ts', '../refund/refund.entity.js'),
  row('a refund sideways to a dispute', 'src/payments/refund/sideways.ts', '../dispute/dispute.entity.js'),
  row('a dispute sideways to a webhook', 'src/payments/dispute/up.ts', '../webhook/webhooks.service.js'),
  row(
    'events up to a payment method',
    'src/payments/event/up.ts',
    '../payment-method/payment-method.entity.js',
  ),
  row('the database up to an event', 'src/payments/database/up.ts', '../event/events.service.js'),
  row('the port up to an adapter', 'src/payments/gateway/up.ts', './stripe/stripe.gateway.js'),
  row(
    'a service to an adapter past the port',
    'src/payments/payment/past-port.ts',
    '../gateway/stripe/stripe.gateway.js',
  ),
  row('one adapter to another', 'src/payments/gateway/stripe/to-adyen.ts', '../adyen/adyen.gateway.js'),
  row(
    'an adapter to an entity',
    'src/payments/gateway/adyen/to-entity.ts',
    '../../payment/payment.entity.js',
  ),
  row(
    'an adapter to the database',
    'src/payments/gateway/braintree/to-database.ts',
    '../../database/database.js',
  ),
  row("a capability to the module's own wiring", 'src/payments/refund/to-wiring.ts', '../payments.module.js'),
  row('money to anything that stores', 'src/payments/money.ts', './database/database.js'),
  row('the contract to anything of its own module', 'src/payments/payments.contract.ts', './money.js'),
  row('the sandbox to the contract', 'src/sandbox/to-door.ts', '../payments/payments.contract.js'),
  row('the sandbox to the platform', 'src/sandbox/to-platform.ts', '../platform/clock.js'),
  row('a program to the inside of payments', 'src/main.ts', './payments/payment/payments.service.js'),
  row('a program to the inside of a neighbour', 'src/app.module.ts', './accounts/accounts.service.js'),
  row('the command line to the facade', 'src/cli.ts', './payments/payments.facade.js'),
  row(
    'an acceptance test to an entity',
    'test/flows/to-entity.ts',
    '../../src/payments/payment/payment.entity.js',
  ),
  row(
    'a test of a promise to an adapter',
    'test/promises/to-adapter.ts',
    '../../src/payments/gateway/stripe/stripe.gateway.js',
  ),
  row('a pure test to wiring', 'test/pure/to-wiring.ts', '../../src/payments/payments.module.js'),
  row('a gateway test to the sandbox, past HTTP', 'test/gateways/to-sandbox.ts', '../../src/sandbox/main.js'),
  row(
    'test support to the inside of payments',
    'test/support/to-service.ts',
    '../../src/payments/payment/payments.service.js',
  ),
  row(
    'what runs before the tests to built payments',
    'test/support/global-payments.js',
    '../../dist/payments/payment/payment.entity.js',
  ),
  row('the program to a test helper', 'src/billing/to-support.ts', '../../test/support/application.js'),
  row('a tool to the program', 'tools/to-entity.js', '../src/payments/payment/payment.entity.js'),
];
