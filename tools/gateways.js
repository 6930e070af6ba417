// npm run test:gateways: flows and promises with each gateway, by the one variable that chooses it. What follows it goes to Jest.
// npm run test:gateways -- charged-once: one file, with each of them; TEST_GATEWAYS=adyen: one gateway.
import { spawnSync } from 'node:child_process';

/** Files that name their gateways themselves, or speak Stripe's own language all through. A single such story says so itself. */
const LEFT_TO_STRIPE = {
  'flows/each-gateway': 'starts each gateway itself',
  'flows/moving-gateways': 'names both gateways itself',
  'flows/programs': 'starts programs with nothing configured, which is Stripe',
  'flows/rotation': 'exchanges Stripe’s webhook secret',
  'flows/several-gateways': 'names its gateways itself',
  'flows/webhooks': 'writes and signs Stripe’s webhooks; test/gateways has each gateway’s own',
  'flows/year-of-a-student': 'proves a bank account by Stripe’s deposits, and waits for its debits',
};

const gateways = (process.env['TEST_GATEWAYS'] ?? 'adyen,braintree').split(',');
const [wanted = '', ...more] = process.argv.slice(2);
for (const [file, why] of Object.entries(LEFT_TO_STRIPE)) console.log(`left to Stripe: ${file}: ${why}`);

const jest = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
];
const left = Object.keys(LEFT_TO_STRIPE).map((file) => `--testPathIgnorePatterns=test/${file}.spec`);
let failed = 0;
for (const gateway of gateways) {
  console.log(`\n${gateway}`);
  const { status } = spawnSync(
    process.execPath,
    [...jest, `test/(flows|promises)/${wanted}`, '--selectProjects', 'shared', ...left, ...more],
    { stdio: 'inherit', env: { ...process.env, PAYMENT_GATEWAY: gateway } },
  );
  if (status !== 0) failed = 1;
}
process.exit(failed);
