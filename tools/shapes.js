// npm run test:shapes: every flow and every promise in every shape. What follows it goes to Jest: npm run test:shapes -- --selectProjects isolated
import { spawnSync } from 'node:child_process';

const jest = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
];
const { status } = spawnSync(
  process.execPath,
  [...jest, 'test/(flows|promises)/', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, TEST_SHAPES: 'all' },
  },
);
process.exit(status ?? 1);
