import { librariesInOneFile } from './tools/libraries.js';

/** Tests run as ES modules (NestJS 12 is ESM only); npm test passes Node the flag that Jest needs for it. */

const { files: libraries, hook } = await librariesInOneFile();
process.env.TEST_LIBRARIES_HOOK = hook; // for the programs that tests start

/**
 * The shapes that tests run in. A shape is configuration: tests do not know it, and `test/support` reads it from TEST_SHAPE, which
 * a shape's own file sets before a file of tests is loaded.
 */
const SHAPES = {
  shared: {},
  isolated: {
    globalSetup: '<rootDir>/test/support/global-setup-isolated.js',
    setupFiles: ['<rootDir>/test/support/isolated-shape.ts'],
  },
  process: {
    globalSetup: '<rootDir>/test/support/global-setup-isolated.js',
    setupFiles: ['<rootDir>/test/support/process-shape.ts'],
    testPathIgnorePatterns: ['promises/isolation'], // asks the application for what payments alone know of their database
  },
};

/** What `npm test` repeats where payments have a PostgreSQL of their own, and where they have a process of their own, too. */
const SHORTENED = {
  isolated: ['promises/charged-once', 'promises/isolation', 'promises/stolen-databases'],
  process: ['flows/money-back', 'promises/stolen-databases'],
};

const tests = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    ...Object.fromEntries([...libraries].map(([name, file]) => [`^${name}$`, file])),
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
};

/** The shared shape runs everything; each other one a few files, or with TEST_SHAPES=all every flow and every promise. */
export default {
  projects: Object.entries(SHAPES).map(
    ([displayName, { globalSetup, setupFiles, testPathIgnorePatterns = [] }]) => ({
      ...tests,
      displayName,
      ...(displayName === 'shared'
        ? { testMatch: ['**/*.spec.ts'] }
        : {
            testMatch:
              process.env.TEST_SHAPES === 'all'
                ? ['**/test/{flows,promises}/*.spec.ts']
                : SHORTENED[displayName].map((name) => `**/test/${name}.spec.ts`),
            globalSetup,
            setupFiles,
            testPathIgnorePatterns,
          }),
    }),
  ),
  testSequencer: './test/support/global-order.js',
  testTimeout: 60_000,
  maxWorkers: 4, // on two cores: many a test waits, for a lease, a page or the gateway's patience
  workerIdleMemoryLimit: '500MB', // Jest keeps some of every file that it has run, and V8 would look through it ever longer
};
