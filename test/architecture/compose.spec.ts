import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { NODE_OPTIONS } from '../support/node.js';

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  configs?: { source: string; target: string }[];
  healthcheck?: { disable?: boolean };
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  read_only?: boolean;
  networks?: string[] | Record<string, unknown>;
}

interface Compose {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
  configs: Record<string, { content: string }>;
  networks: Record<string, { internal?: boolean } | null>;
}

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const { application, migrate, postgres, 'payments-postgres': paymentsPostgres } = compose.services;

const PROGRAMS = ['application', 'migrate', 'application-apart', 'payments'];

/** What the one who starts it sets. */
const SET = {
  STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
  AUTH_ISSUER: 'https://login.example.edu',
  AUTH_AUDIENCE: 'tokenkeep',
};
const SECRETS: Record<string, string> = {
  database_url: 'postgres://tokenkeep_app:a1@postgres:5432/tokenkeep',
  payments_database_url: 'postgres://tokenkeep_payments:b2@payments-postgres:5432/tokenkeep',
  payments_audit_keys: `2027-01:${'b'.repeat(43)}=`,
  payments_token_keys: `2027-01:${'a'.repeat(43)}=`,
  payments_link_signing_key: `2027-01:${'c'.repeat(43)}=`,
  payments_link_public_keys: `2027-01:${'d'.repeat(43)}=`,
  payments_events_secrets: `whsec_${'e'.repeat(43)}=`,
  stripe_secret_key: 'rk_test_1',
  stripe_webhook_secrets: 'whsec_1',
};

describe('docker-compose.yml', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokenkeep-compose-'));
    for (const [name, value] of Object.entries(SECRETS)) await writeFile(join(folder, name), `${value}\n`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['application', 'migrate', 'application-apart'])(
    'gives %s a configuration that the program accepts',
    async (name) => {
      const environment = inContainer(compose.services[name]!, SET);

      expect(await configCheck(environment, folder)).toBe('The configuration is right.');
    },
  );

  it('is noticed when it is not accepted', async () => {
    const { AUTH_AUDIENCE: _forgotten, ...environment } = inContainer(application!, SET);

    expect(await configCheck(environment, folder)).toContain('AUTH_AUDIENCE');
  });

  it('sets no variable that the program does not know', () => {
    const known = [...read('.env.example').matchAll(/^#(\w+)=/gm)].map(([, name]) => name);
    const unknown = PROGRAMS.map((name) => compose.services[name]!).flatMap((service) =>
      Object.keys(service.environment ?? {}).filter((name) => !known.includes(name)),
    );

    expect(known).toContain('DATABASE_URL_FILE');
    expect(unknown).toEqual([]);
  });

  it('starts one PostgreSQL, and payments’ own in the profile isolated', () => {
    const always = Object.keys(compose.services).filter((name) => !compose.services[name]!.profiles);

    expect(always.sort()).toEqual(['application', 'migrate', 'postgres']);
    expect(paymentsPostgres!.profiles).toEqual(['isolated', 'process']);
    expect(paymentsPostgres!.volumes).not.toEqual(postgres!.volumes);
  });

  it('serves only once both databases are there and migrated', () => {
    expect(migrate!.command).toEqual(['node', 'dist/cli.js', 'db', 'init']);
    expect(migrate!.depends_on).toMatchObject({
      postgres: { condition: 'service_healthy' },
      'payments-postgres': { condition: 'service_healthy', required: false },
    });
    expect(application!.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
    expect(application!.environment).toMatchObject({ HOST: '0.0.0.0', MIGRATE_ON_START: 'off' });
  });

  it('holds no secret: each is a file, out of git’s and the image’s reach', () => {
    const secret = /(PASSWORD|SECRET|DATABASE_URL)/;
    for (const { environment = {} } of Object.values(compose.services))
      for (const [name, value] of Object.entries(environment))
        if (secret.test(name))
          expect([name, value]).toEqual([
            expect.stringMatching(/_FILE$/),
            expect.stringMatching(/^\/run\/secrets\//),
          ]);
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.tokenkeep\/secrets\//);
    expect(read('.gitignore')).toMatch(/^\.tokenkeep\/$/m);
    expect(read('.dockerignore')).toMatch(/^\*$/m);
  });

  it('gives payments’ own server payments’ login only', () => {
    expect(paymentsPostgres!.secrets).toEqual(['postgres_password', 'payments_database_url']);
    expect(paymentsPostgres!.configs!.map(({ source }) => source)).toEqual(['admit_payments']);
  });

  it('admits each role with the rights that the embedded PostgreSQL gives', () => {
    const launcher = read('src/platform/postgres/roles.ts');
    const rights = [
      'NOSUPERUSER NOCREATEDB NOCREATEROLE',
      'REVOKE ALL ON SCHEMA public FROM PUBLIC',
      'GRANT CONNECT, CREATE ON DATABASE ',
    ];
    const { admit_application, admit_payments } = compose.configs;
    for (const { content } of [admit_application!, admit_payments!])
      for (const right of rights)
        expect([launcher, content]).toEqual(Array(2).fill(expect.stringContaining(right)));
  });

  it('publishes nothing but the application and the way in for webhooks, to this machine only', () => {
    const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port]),
    );

    expect(published).toEqual([
      ['application', '127.0.0.1:3000:3000'],
      ['application-apart', '127.0.0.1:3000:3000'],
      ['gateway-door', '127.0.0.1:3001:8080'],
    ]);
  });

  it('gives the application apart no secret of payments, and payments none of the application', () => {
    const { 'application-apart': apart, payments } = compose.services;

    expect(apart!.secrets).toEqual(['database_url', 'payments_link_signing_key', 'payments_events_secrets']);
    expect(payments!.secrets).not.toContain('database_url');
    expect(payments!.secrets).not.toContain('payments_link_signing_key');
  });

  it('leaves payments and the databases no segment that leads out', () => {
    const leadsOut = Object.keys(compose.networks).filter((name) => !compose.networks[name]?.internal);

    expect(leadsOut.sort()).toEqual(['edge', 'outside']);
    for (const name of ['payments', 'payments-postgres', 'postgres'])
      for (const segment of leadsOut) expect(compose.services[name]!.networks).not.toContain(segment);
    for (const { networks } of Object.values(compose.services)) expect(networks).toBeDefined(); // or it is on `default`
  });

  it('lets the door to the gateway hand on what goes to the gateway and to the issuer, and let in webhooks', () => {
    const door = compose.services['gateway-door']!;
    const { content } = compose.configs['gateway_door']!;
    const { aliases } = (door.networks as Record<string, { aliases: string[] }>)['gateway-egress']!;

    expect(aliases).toEqual(['api.stripe.com', '${AUTH_ISSUER_HOST:-login.example.edu}']);
    for (const name of aliases) expect(content).toContain(`${name} ${name}:443;`);
    const doors = content.match(/location [^}]*}/g)!.map((it) => it.replace(/\s+/g, ' '));
    expect(doors).toEqual([
      'location /v1/webhooks/ { set $$payments http://payments:3001; proxy_pass $$payments; }',
      'location / { return 404; }',
    ]);
  });

  it('pins images by their major version', () => {
    expect([postgres!.image, paymentsPostgres!.image]).toEqual(['postgres:18', 'postgres:18']);
  });
});

describe('the Dockerfile', () => {
  const stages = read('Dockerfile')
    .split(/^FROM /m)
    .slice(1);
  const image = stages.at(-1)!;

  it('builds on the Node of this repository, slim', () => {
    const major = read('.nvmrc').split('.')[0];

    expect(stages.map((stage) => stage.split(/\s/)[0])).toEqual(stages.map(() => `node:${major}-slim`));
  });

  it('has production dependencies only, and no sandbox', () => {
    expect(stages.find((stage) => stage.includes('AS dependencies'))).toContain('npm ci --omit=dev');
    expect(stages.find((stage) => stage.includes('AS build'))).toContain('rm -r dist/sandbox');
    expect(image.match(/^COPY .*/gm)).toEqual([
      'COPY --from=dependencies /build/node_modules ./node_modules',
      'COPY --from=build /build/dist ./dist',
      'COPY package.json ./',
      'COPY docs/compliance ./docs/compliance', // what the command `evidence` says
    ]);
  });

  it('runs the application as an ordinary user, in production unless told otherwise, and is asked for its health', () => {
    expect(image).toMatch(/^USER node$/m);
    expect(image).toMatch(/^ENV NODE_ENV=production /m);
    expect(image).toMatch(/^HEALTHCHECK [^]*\/health\/ready/m);
    expect(image).toMatch(/^CMD \["node", "dist\/main\.js"\]$/m);
  });
});

/** As compose would resolve it: `${NAME:-default}` and `${NAME:?message}`. */
function inContainer(service: Service, set: Record<string, string>): Record<string, string> {
  const resolve = (value: string) =>
    value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, word: string) => {
      const found = set[name] ?? (kind === '-' ? word : undefined);
      if (found === undefined) throw new Error(`${name}: ${word}`);
      return found;
    });
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, value]) => [name, resolve(String(value))]),
  );
}

/** What `npm run cli -- config check` says, in a folder where the secrets are files. */
async function configCheck(environment: Record<string, string>, folder: string): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('/run/secrets', folder)]),
  );
  const said = await promisify(execFile)(
    process.execPath,
    [...NODE_OPTIONS, join(ROOT, 'dist/cli.js'), 'config', 'check'],
    {
      cwd: folder, // where no .env lies about
      env,
    },
  ).catch((error: { stderr: string }) => ({ stdout: error.stderr }));
  return said.stdout.trim();
}
