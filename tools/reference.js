// The reference pages that can be generated are: npm run reference
//
// Writes docs/reference/ and .env.example from the built program; with --check it writes nothing and exits 1, naming
// each file that is out of date. DATABASE_URL and PAYMENTS_DATABASE_URL may name a migrated database to start on; without them an
// embedded one is started in a temporary folder. What the program cannot say, the words about each error code and each
// metric, is in tools/reference-words.js.
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { CAPABILITIES, CODES, METRICS } from './reference-words.js';

const root = join(import.meta.dirname, '..');

/** Tools import nothing of the programs, and lint runs before the build: the built program is asked as a process. */
const ASK_THE_PROGRAM = `
  import { readFileSync, readdirSync } from 'node:fs';
  import { ModulesContainer } from '@nestjs/core';
  import { AppModule } from './dist/app.module.js';
  import { PaymentsAloneConfig } from './dist/payments/payments.link.config.js';
  import { Configuration } from './dist/platform/configuration/configuration.js';
  import { describedVariables, partsOf } from './dist/platform/configuration/variable.js';
  import { POLICY } from './dist/platform/authentication/policy.js';
  import { createHttpApplication } from './dist/platform/http/http-application.js';
  import { PlatformConfig } from './dist/platform/platform.config.js';
  import { ApplicationLink } from './dist/payments/event-endpoint/application-link.js';
  import { PaymentsLink } from './dist/payments/remote/payments-link.js';
  import { Metrics } from './dist/platform/metrics/metrics.js';
  import { ProblemCodes } from './dist/platform/problem/problem-codes.js';
  import { stopEmbeddedServers } from './dist/platform/postgres/embedded-postgres.js';

  const initial = (type) => Object.assign({}, new type(), ...[...partsOf(type).values()].map(initial));
  const settings = [...AppModule.configurations, PaymentsAloneConfig].map((type) => ({
    of: type.name,
    secretsFile: type.secretsFile,
    variables: [...describedVariables(type)].map(([name, it]) => ({ name, ...it, initial: initial(type)[name] })),
  }));

  const configuration = Configuration.read(AppModule.configurations, process.env);
  const app = await createHttpApplication(AppModule.configure(configuration), configuration.of(PlatformConfig));
  await app.init();
  // What only two programs tell of: made here, and never used.
  const metrics = app.get(Metrics);
  new PaymentsLink(null, null, { PAYMENTS_LINK_BREAKER: 'off' }, metrics);
  new ApplicationLink(null, null, {}, metrics);
  const policies = {};
  for (const module of app.get(ModulesContainer).values())
    for (const { metatype } of module.controllers.values())
      for (const name of Object.getOwnPropertyNames(metatype.prototype)) {
        const policy = Reflect.getMetadata(POLICY, metatype.prototype[name]) ?? Reflect.getMetadata(POLICY, metatype);
        policies[metatype.name + '_' + name] = policy ?? [];
      }
  const facts = {
    settings,
    policies,
    openApi: (await app.inject('/openapi.json')).json(),
    codes: [...app.get(ProblemCodes).all()],
    metrics: metrics.registry.getMetricsAsArray().map(({ name, help, type, labelNames }) => ({ name, help, type, labelNames })),
    declines: await declines('dist/payments/gateway/stripe'),
    edges: await edges('dist'),
    events: (await import('./dist/payments/event-endpoint/event-types.js')).EVENT_TYPES,
  };
  await app.close();
  await stopEmbeddedServers();
  process.stdout.write(JSON.stringify(facts), () => process.exit(0));

  // Every exported table of legal changes of a status.
  async function edges(folder) {
    const found = {};
    for (const file of readdirSync(folder, { recursive: true }).filter((it) => it.endsWith('.js')).sort())
      for (const [, name] of readFileSync(folder + '/' + file, 'utf8').matchAll(/^export const (\\w+)_EDGES/gm))
        found[name] = { file: 'src/' + file.replace(/js$/, 'ts'), table: (await import('./' + folder + '/' + file))[name + '_EDGES'] };
    return found;
  }

  // The keys of the table are read from its text, its values are what the adapter answers.
  async function declines(folder) {
    for (const file of readdirSync(folder).filter((it) => it.endsWith('.js'))) {
      const [, table] = /const REASONS = \\{([^]*?)\\n\\};/.exec(readFileSync(folder + '/' + file, 'utf8')) ?? [];
      if (!table) continue;
      const { failureOf } = await import('./' + folder + '/' + file);
      const codes = [...table.matchAll(/^\\s*'?(\\w+)'?:/gm)].map(([, code]) => code);
      return [...codes, 'anything else'].map((code) => failureOf({ decline_code: code }));
    }
    throw new Error('No table REASONS in ' + folder);
  }`;

async function askTheProgram() {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-reference-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs as another user, who must get in
  const { DATABASE_URL = 'embedded', PAYMENTS_DATABASE_URL = '', DATA_FOLDER = folder, PATH } = process.env;
  const MIGRATE_ON_START = DATABASE_URL === 'embedded' ? 'on' : 'off';
  const environment = { PATH, DATABASE_URL, PAYMENTS_DATABASE_URL, DATA_FOLDER, MIGRATE_ON_START };
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', ASK_THE_PROGRAM],
      {
        cwd: root,
        env: { ...environment, NODE_ENV: 'test', LOG_LEVEL: 'silent', WORKERS: 'off' },
        maxBuffer: 16 * 1024 * 1024,
      },
    );
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`The built program does not start: ${error.stderr ?? error}`, { cause: error.code });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

const GENERATED = (source) =>
  `<!-- Generated by \`node tools/reference.js\` from ${source}; do not edit. -->`;
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
const code = (text) => `\`${text}\``;

// ── settings ────────────────────────────────────────────────────────────────────────────────────────────────────────

const SETTINGS_OF = {
  PlatformConfig: 'Every program',
  PaymentsConfig: 'Payments',
  PaymentsLinkConfig: 'The application, where payments run alone',
  PaymentsAloneConfig: 'Payments alone',
  PortalConfig: "The payer's page",
};

/** Several modules may read one variable; it is told once, where it is read first. */
function eachOnce(settings) {
  const told = new Set();
  return settings.map(({ of, secretsFile, variables }) => ({
    of,
    secretsFile,
    variables: variables.filter(({ name }) => !told.has(name) && told.add(name)),
  }));
}

function defaultOf({ initial, defaultShown }) {
  if (defaultShown) return { text: defaultShown };
  if (initial === undefined) return { text: 'unset' };
  return { value: String(initial) };
}

function settingsPage({ settings }) {
  const sections = eachOnce(settings).map(({ of, variables }) => {
    const rows = variables.map((it) => {
      const { text, value } = defaultOf(it);
      return [
        code(it.name) + (it.secret ? ' (secret)' : it.followed ? ' (or a file, followed)' : ''),
        text ?? code(value),
        it.meaning,
        code(it.example),
      ];
    });
    return `## ${SETTINGS_OF[of] ?? of}\n\n${table(['variable', 'default', 'meaning', 'example'], rows)}`;
  });
  return `${GENERATED('the configuration classes')}

# Settings

Every environment variable of the programs (single commands name their own with \`--help\`). They are read once, at the start; a wrong one stops the start, and all wrong
ones are named at once. A secret, or what is followed, may also come from a file: \`<NAME>_FILE\` holds its path. An empty value counts as unset. A
\`.env\` file in the working directory is read too; what is in the environment wins. Payments' secrets stand in a file of their
own, \`.env.payments\`, and are refused in \`.env\`, which any module could read again. What the settings do together:
[configuration](../operations/configuration.md).

${sections.join('\n\n')}

The sandbox gateway, a program of its own, has [settings of its own](sandbox.md).
`;
}

function envExample({ settings }) {
  const lines = eachOnce(settings).flatMap(({ of, secretsFile, variables }) => [
    `\n# ── ${SETTINGS_OF[of] ?? of} ──`,
    ...variables.flatMap((it) => {
      const { text, value } = defaultOf(it);
      return [
        '',
        `# ${it.meaning.replaceAll('`', '')} (default: ${text ?? value})`,
        ...(it.secret || it.followed ? [`#${it.name}_FILE=/run/secrets/${it.name.toLowerCase()}`] : []),
        it.secret && secretsFile
          ? `# in ${secretsFile}: ${it.name}=${it.example}`
          : `#${it.name}=${it.example}`,
      ];
    }),
  ]);
  return `# Every setting of Tokenkeep, with an example; nothing needs to be set for development. Copy this file to .env and take
# away the # before what you set; what is to stand in .env.payments is refused in .env. Generated by \`node tools/reference.js\`; docs/reference/settings.md is the same as a table.
${lines.join('\n')}
`;
}

// ── routes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function routesPage({ openApi, policies }) {
  const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, it]) => ({ path, method: method.toUpperCase(), ...it })),
  );
  const rows = operations.map((it) => [
    code(`${it.method} ${it.path.replace(/\{(\w+)\}/g, ':$1')}`),
    who(policies[it.operationId]),
    it.parameters?.some(({ name }) => name === 'Idempotency-Key') ? 'K' : '',
    Object.keys(it.responses)
      .filter((status) => status !== 'default')
      .join(', '),
    [it.summary, bodyOf(it) && `Takes ${link(bodyOf(it))}.`, answerOf(it) && `Gives ${link(answerOf(it))}.`]
      .filter(Boolean)
      .join(' '),
  ]);
  const shapes = Object.entries(openApi.components.schemas).map(
    ([name, schema]) =>
      `### ${name}\n\n${table(
        ['field', 'type', ''],
        Object.entries(schema.properties ?? {}).map(([field, it]) => [
          code(field) + (schema.required?.includes(field) ? '' : ' (optional)'),
          typeOf(it),
          it.description ?? '',
        ]),
      )}`,
  );
  return `${GENERATED('the OpenAPI document')}

# Routes

The same as [openapi.json](openapi.json), which the running program serves at \`/openapi.json\` and, as a page, at \`/docs\`. Also
there, and not in the document: \`GET /metrics\` ([metrics](metrics.md)). Any call may answer [Problem](#problem)
instead: [error codes](errors.md).

Who: the roles of the bearer token that may call; a payer sees and uses their own things only, and whatever is not theirs
answers as if it did not exist. K: the header \`Idempotency-Key\` is required; a repeat with the same key answers 200 with
\`Idempotency-Replayed: true\`. Lists take \`limit\` (1 to 100, else 20) and \`cursor\`, the \`nextCursor\` of the page before.

${table(['call', 'who', '', 'answers', ''], rows)}

## Shapes

${shapes.join('\n\n')}
`;
}

function who(policy) {
  if (policy === 'public') return 'anybody';
  return policy?.length > 0 ? policy.join(', ') : 'nobody';
}

const refOf = (content) => content?.['application/json']?.schema?.$ref?.split('/').at(-1);
const bodyOf = ({ requestBody }) => refOf(requestBody?.content);
const answerOf = ({ responses }) => refOf((responses['201'] ?? responses['200'])?.content);
const link = (name) => `[${name}](#${name.toLowerCase()})`;

function typeOf(schema) {
  const [only] = schema.allOf ?? schema.anyOf ?? [];
  const ref = schema.$ref ?? only?.$ref;
  const orNull = schema.nullable ? ' or null' : '';
  if (ref) return link(ref.split('/').at(-1)) + orNull;
  if (schema.enum) return schema.enum.map(code).join(', ') + orNull;
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  return (schema.type ?? 'any') + orNull;
}

// ── codes, declines, metrics ────────────────────────────────────────────────────────────────────────────────────────

function errorsPage({ codes }) {
  const rows = codes
    .sort(([a, x], [b, y]) => x - y || a.localeCompare(b))
    .map(([name, status]) => {
      if (!CODES[name]) throw new Error(`Say in tools/reference-words.js what the error code ${name} means`);
      return [code(name), status, ...CODES[name]];
    });
  return `${GENERATED('the code tables of the modules and tools/reference-words.js')}

# Error codes

Every error is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`code\`, \`detail\` (what happened and what to do
next, in English), \`requestId\` (also in the log), and \`errors\` with the \`path\` and \`message\` of each wrong field where the code is
\`validation_failed\`. Decide by \`code\`; codes are stable, details are not. An error never repeats what was sent.

A payment that the bank declines is not an error: it is a payment with \`status: failed\` and a \`failure\`, see
[declines](declines.md).

${table(['code', 'status', 'when', 'what to do'], rows)}
`;
}

function declinesPage({ declines }) {
  const rows = declines.map((it) => [
    it.declineCode === 'anything else' ? it.declineCode : code(it.declineCode),
    code(it.code),
    code(it.action),
    code(it.retry),
    it.methodReason === null ? '' : code(it.methodReason),
    it.message,
  ]);
  return `${GENERATED("the Stripe adapter's table")}

# Declines

What becomes of a gateway's reason in \`failure\` of a failed payment. \`failure.declineCode\` is the gateway's own code, for
support; show \`failure.message\`, and decide by \`failure.action\`. \`gateway_refused\` (action \`use_another_method\`) stands for a request
that the gateway refused for a reason not in this table, and \`not_finished\` (action \`retry_later\`) for a payment that could never be
sent. \`failure.retry\` says whether the same method may be charged again: \`later\`, by itself; \`after_payer\`, once the payer has done
something; \`never\`: from then on the method \`requires_replacement\`, for the reason in \`failure.methodReason\`.

## Stripe

Where the table says \`later\`, the issuer's advice goes before it: \`do_not_try_again\` makes it what \`do_not_try_again\` says below,
and \`confirm_card_data\` what \`incorrect_cvc\` says.

${table(['decline or error code', '`failure.code`', '`failure.action`', '`failure.retry`', '`failure.methodReason`', '`failure.message`'], rows)}
`;
}

function metricsPage({ metrics }) {
  const own = metrics.filter(({ name }) => !/^(nodejs|process)_/.test(name));
  const rows = own.map(({ name, type, help, labelNames }) => {
    if (!METRICS[name])
      throw new Error(`Say in tools/reference-words.js what to do about the metric ${name}`);
    return [code(name), type, labelNames.map(code).join(', '), help, METRICS[name]];
  });
  return `${GENERATED('the metrics registry and tools/reference-words.js')}

# Metrics

\`GET /metrics\`, in Prometheus' text format, for this process. Beside these there are \`prom-client\`'s own about Node
(\`nodejs_...\`, \`process_...\`). Labels are closed sets: never an id, an amount or anything of a person.

${table(['metric', 'type', 'labels', 'what it is', 'what to watch'], rows)}
`;
}

// ── gateways ────────────────────────────────────────────────────────────────────────────────────────────────────────

const RECORDS = 'docs/reference/gateways';

/** What the suite that every adapter passes wrote down of each gateway. */
function gatewaysPage() {
  const gateways = readdirSync(join(root, RECORDS))
    .sort()
    .map((file) => ({
      name: file.replace('.json', ''),
      ...JSON.parse(readFileSync(join(root, RECORDS, file), 'utf8')),
    }));
  const names = gateways.map(({ name }) => code(name));
  const can = Object.entries(CAPABILITIES).map(([capability, words]) => [
    words,
    ...gateways.map(({ capabilities }) => inWords(capabilities[capability])),
  ]);
  for (const { capabilities } of gateways)
    for (const capability of Object.keys(capabilities))
      if (!CAPABILITIES[capability])
        throw new Error(`Say in tools/reference-words.js what the capability ${capability} is`);
  // In the order of the suite, which the one that was seen to do the most has nearly all of.
  const byLength = gateways.toSorted((a, b) => b.seen.length - a.seen.length);
  const titles = [...new Set(byLength.flatMap(({ seen }) => seen))];
  const seen = titles.map((title) => [
    title,
    ...gateways.map((it) => (it.seen.includes(title) ? 'yes' : '')),
  ]);
  return `${GENERATED(`the records in ${RECORDS}/, which the suite of the gateways writes`)}

# Gateways

What each gateway has a call for, as its adapter says, and what \`test/gateways/gateway-behaviour.ts\` saw it do: the same list for
all, through the gateway's own SDK, against the sandbox. An empty place is what a gateway does not offer, or what does not come up at it. None of it was tried
against the real services here; how they are set up is in [operations](../operations/gateways.md).

## What it can do

${table(['', ...names], can)}

## What was seen

${table(['the gateway', ...names], seen)}
`;
}

function inWords(value) {
  if (typeof value === 'boolean') return value ? 'yes' : '';
  if (Array.isArray(value)) return value.map(code).join(', ');
  if (typeof value !== 'object') return String(value);
  const some = Object.entries(value).filter(([, number]) => number > 0);
  return some.map(([name, number]) => `${code(name)}: ${number}`).join(', ');
}

// ── states ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const STATES_PAGE = 'docs/concepts/money-and-states.md';
const STATES = /(?<=<!-- edges -->\n)[^]*(?=\n<!-- \/edges -->)/;

/** Written by hand, but for its tables. */
function statesPage({ edges }) {
  const tables = Object.entries(edges).map(([name, { file, table: legal }]) => {
    const rows = Object.entries(legal).map(([from, to]) => [code(from), to.map(code).join(', ') || 'final']);
    return `### ${name[0]}${name.slice(1).toLowerCase().replaceAll('_', ' ')}\n\n${code(file)}\n\n${table(['from', 'to'], rows)}`;
  });
  return readFileSync(join(root, STATES_PAGE), 'utf8').replace(STATES, () => `\n${tables.join('\n\n')}\n`);
}

const EVENTS_PAGE = 'docs/guides/subscribe-to-events.md';
const EVENTS = /(?<=<!-- events -->\n)[^]*(?=\n<!-- \/events -->)/;

/** Written by hand, but for its catalogue. */
function eventsPage({ events }) {
  const rows = Object.entries(events).map(([type, meaning]) => [code(type), meaning]);
  const catalogue = `\n${table(['event', 'what it tells'], rows)}\n`;
  return readFileSync(join(root, EVENTS_PAGE), 'utf8').replace(EVENTS, () => catalogue);
}

/** What the page, and any other client in TypeScript, compiles against. */
async function typesOfTheApi({ openApi }) {
  return `// Generated by \`npm run reference\`; do not edit.\n${astToString(await openapiTS(openApi))}`;
}

const PAGES = {
  [EVENTS_PAGE]: eventsPage,
  [STATES_PAGE]: statesPage,
  '.env.example': envExample,
  'docs/reference/settings.md': settingsPage,
  'docs/reference/openapi.json': ({ openApi }) => `${JSON.stringify(openApi, null, 2)}\n`,
  'src/portal/page/openapi.d.ts': typesOfTheApi,
  'docs/reference/routes.md': routesPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/declines.md': declinesPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/gateways.md': gatewaysPage,
};

const isCheck = process.argv.includes('--check');
const facts = await askTheProgram();
const stale = [];
for (const [file, render] of Object.entries(PAGES)) {
  const path = join(root, file);
  const text = await render(facts);
  const page = /\.(md|ts)$/.test(file)
    ? await format(text, { ...(await resolveConfig(path)), filepath: path })
    : text;
  if (existsSync(path) && readFileSync(path, 'utf8') === page) continue;
  stale.push(file);
  if (isCheck) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page);
}
if (isCheck && stale.length > 0) {
  console.error(`Out of date: ${stale.join(', ')}. Run: npm run build && node tools/reference.js`);
  process.exitCode = 1;
} else console.log(stale.length > 0 ? `Written: ${stale.join(', ')}` : 'The reference pages are up to date.');
