// npm run test:gateways: flows and promises with each gateway, by the one variable that chooses it. What follows it goes to Jest.
// npm run test:gateways -- charged-once: one file, with each of them; TEST_GATEWAYS=adyen: one gateway.
import { spawnSync } from 'node:child_process';

/** Files that speak Stripe's own language all through, and where the same is held for every gateway. */
const IN_STRIPES_WORDS = {
  'flows/bad-luck': 'changes Stripe’s answers in the middle; test/gateways does it to each gateway',
  'flows/bank-accounts':
    'small deposits by code and on Stripe’s page; test/gateways saves and debits at each that can',
  'flows/each-gateway': 'starts each gateway itself',
  'flows/erasure': 'kills between two calls of Stripe’s API; test/gateways forgets a payer at each gateway',
  'flows/moving-gateways': 'names both gateways itself',
  'flows/operators': 'names the requests in Stripe’s log',
  'flows/programs': 'holds up Stripe’s calls',
  'flows/retention': 'counts Stripe’s events',
  'flows/rotation': 'exchanges Stripe’s webhook secret',
  'flows/rotation-of-keys': 'exchanges Stripe’s keys',
  'flows/save-a-card': 'six of its stories look at Stripe’s objects; flows/each-gateway saves with each',
  'flows/saved-methods': 'Stripe’s news of cards; test/gateways has each gateway’s own',
  'flows/several-gateways': 'names its gateways itself',
  'flows/webhooks': 'writes Stripe’s webhooks; test/gateways has each gateway’s own',
  'flows/year-of-a-student': 'a bank account by Stripe’s deposits, and Stripe’s objects',
  'promises/canaries': 'writes Stripe’s webhooks and errors',
  'promises/recovery': 'kills between two calls of Stripe’s API; npm run trials kills at every point',
};

const gateways = (process.env['TEST_GATEWAYS'] ?? 'adyen,braintree').split(',');
const [wanted = '', ...more] = process.argv.slice(2);
for (const [file, why] of Object.entries(IN_STRIPES_WORDS)) console.log(`left to Stripe: ${file}: ${why}`);

const jest = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
];
const left = Object.keys(IN_STRIPES_WORDS).map((file) => `--testPathIgnorePatterns=test/${file}.spec`);
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
