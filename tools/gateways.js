// npm run test:gateways: flows, promises and the payer's page with each gateway, by the one variable that chooses it.
// npm run test:gateways -- charged-once: one file, with each of them; TEST_GATEWAYS=adyen: one gateway. What follows the file goes to Jest.
import { spawnSync } from 'node:child_process';

/** What comes to the same whatever PAYMENT_GATEWAY says, so once in npm test is enough. A single such story says so itself. */
const THE_SAME_WITH_EACH = {
  'flows/each-gateway': 'starts each gateway itself',
  'flows/moving-gateways': 'starts both gateways itself',
  'flows/several-gateways': 'starts its gateways itself',
  'flows/programs': 'starts programs with nothing configured, which is Stripe',
  'flows/rotation': 'exchanges Stripe’s webhook secret in its file',
};

const gateways = (process.env['TEST_GATEWAYS'] ?? 'adyen,braintree').split(',');
const [wanted = '', ...more] = process.argv.slice(2);
for (const [file, why] of Object.entries(THE_SAME_WITH_EACH)) console.log(`left out: ${file}: ${why}`);

const jest = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
];
const left = Object.keys(THE_SAME_WITH_EACH).map((file) => `--testPathIgnorePatterns=test/${file}.spec`);
let failed = 0;
for (const gateway of gateways) {
  console.log(`\n${gateway}`);
  const { status } = spawnSync(
    process.execPath,
    [
      ...jest,
      `test/(flows|promises|browser(?=/payer-page))/${wanted}`,
      '--selectProjects',
      'shared',
      ...left,
      ...more,
    ],
    { stdio: 'inherit', env: { ...process.env, PAYMENT_GATEWAY: gateway } },
  );
  if (status !== 0) failed = 1;
}
process.exit(failed);
