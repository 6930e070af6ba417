import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Postgres } from '../world/postgres.ts';
import { freePort, startProgram } from '../world/processes.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const DATABASE = 'tokenkeep';
const READY_MS = 60_000;

/** The built program with everything that production demands. */
export interface Instance {
  port: number;
  /** The certificate of the authority that its own is from. */
  authority: string;
  /** For what tools write. */
  folder: string;
  stop(): Promise<void>;
}

export async function startInProduction(folder: string): Promise<Instance> {
  const postgres = await Postgres.create(join(folder, 'postgres'), { durable: false, sockets: true });
  await postgres.createDatabase(DATABASE);
  const { authority, cert, key } = await makeCertificate(folder);
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    PORT: String(port),
    DATA_FOLDER: folder,
    ...postgres.socketUrls(DATABASE),
    TLS_CERT_FILE: cert,
    TLS_KEY_FILE: key,
    AUTH_ISSUER: 'https://login.example.edu',
    AUTH_AUDIENCE: 'https://pay.example.edu',
    STRIPE_SECRET_KEY: 'sk_live_scan', // nobody's: the gateway is not asked for anything
    STRIPE_PUBLISHABLE_KEY: 'pk_live_scan',
    STRIPE_WEBHOOK_SECRETS: 'whsec_scan',
    SANDBOX_PORT: 'off',
    RETURN_URL_ORIGINS: 'https://pay.example.edu',
    PAYMENTS_TOKEN_KEYS: `scan:${randomBytes(32).toString('base64')}`,
    PAYMENTS_AUDIT_KEYS: `scan:${randomBytes(32).toString('base64')}`,
    PAYMENTS_AUDIT_ANCHORS: 'log',
    REFUND_APPROVAL_ABOVE: 'USD:100000',
    SMTP_URL: 'smtps://school:word@mail.example.edu',
    MAIL_FROM: 'bursar@example.edu',
    PAGE_URL: 'https://pay.example.edu',
    RATE_LIMIT_PER_ADDRESS: '1000000', // a scanner is a flood
  };
  await run(process.execPath, ['dist/cli.js', 'db', 'init'], { cwd: root, env });
  const program = startProgram(process.execPath, ['dist/main.js'], { cwd: root, env });
  for (const end = Date.now() + READY_MS; !(await isAlive(port)); await sleep(100))
    if (program.child.exitCode !== null || Date.now() > end)
      throw new Error(`It does not start in production:\n${program.lines.join('\n')}`);
  const stop = async () => {
    program.child.kill('SIGTERM');
    await program.exited;
    await postgres.stop();
  };
  return { port, authority, folder, stop };
}

/** Of an authority of its own, which testssl.sh is told to trust: judged as one that was bought. */
async function makeCertificate(folder: string) {
  const [authority, authorityKey, cert, key] = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const asked = ['req', '-x509', '-newkey', 'rsa:3072', '-nodes', '-days', '90'];
  await run('openssl', [...asked, '-keyout', authorityKey, '-out', authority, '-subj', '/CN=An authority']);
  await run('openssl', [
    ...[...asked, '-keyout', key, '-out', cert, '-CA', authority, '-CAkey', authorityKey],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth'],
  ]);
  return { authority, cert, key };
}

function isAlive(port: number): Promise<boolean> {
  return run('curl', ['-skf', '-o', '/dev/null', `https://localhost:${port}/health/live`]).then(
    () => true,
    () => false,
  );
}
