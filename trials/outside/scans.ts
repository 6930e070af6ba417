import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Instance } from './production.ts';

/** Returns what it found, a line each; nothing is what is hoped for. */
type Scan = (instance: Instance) => Promise<string[]>;

/** Programs, and Debian's packages of them. */
const TOOLS = { curl: 'curl', openssl: 'openssl', testssl: 'testssl.sh', nmap: 'nmap', sqlmap: 'sqlmap' };
/** A scan that takes longer hangs: each is done in two minutes on a small machine. */
const SCAN_MS_MAX = 8 * 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** What only a certificate of a public authority, for a name that the world knows, can have. */
const OF_THE_TEST_CERTIFICATE =
  /^(cert_(caIssuers|crlDistributionPoints|ocspURL|revocation|extlifeSpan)|OCSP_stapling|DNS_CAArecord|certificate_transparency)/;
const GRAVE = ['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'];
/** https://github.com/ssllabs/research/wiki/SSL-Server-Rating-Guide; versions before 3.1 give none. */
const GRADES = ['A', 'A+', undefined];

const run = promisify(execFile);

export const SCANS: Record<string, Scan> = {
  'what is refused': refusals,
  'the port, as nmap sees it': nmap,
  'what comes over it, as sqlmap sees it': sqlmap,
  'TLS, as testssl.sh sees it': testssl,
};

/** Packages to install. */
export async function toolsMissing(): Promise<string[]> {
  const missing: string[] = [];
  for (const [tool, name] of Object.entries(TOOLS))
    await run('sh', ['-c', `command -v ${tool}`]).catch(() => missing.push(name));
  return missing;
}

/** What production must not have, and what every answer must say. */
async function refusals({ port }: Instance): Promise<string[]> {
  const post = (body: string) => ['-X', 'POST', '-H', 'content-type: application/json', '-d', body];
  const expected: [path: string, status: number, how: string[]][] = [
    ['/dev/tokens', 404, post('{"subject":"a","role":"payer"}')],
    ['/v1/payments', 401, []],
    ['/v1/payments?card=4242424242424242', 422, []],
    ['/v1/webhooks/stripe', 400, post('{}')],
  ];
  const wrong: string[] = [];
  for (const [path, status, how] of expected) {
    const said = '%{http_code} %header{strict-transport-security}';
    const { stdout } = await run('curl', [
      '-sk',
      '-o',
      '/dev/null',
      '-w',
      said,
      ...how,
      `https://localhost:${port}${path}`,
    ]);
    if (!stdout.startsWith(String(status)) || !/max-age=\d{8}/.test(stdout))
      wrong.push(`${path}: ${stdout} instead of ${status} with HSTS`);
  }
  const plain = await run('curl', ['-s', '-m', '5', `http://localhost:${port}/v1/payments`]).catch(
    () => null,
  );
  if (plain?.stdout) wrong.push('plain HTTP is answered');
  return wrong;
}

async function nmap({ port }: Instance): Promise<string[]> {
  const scripts = 'ssl-enum-ciphers,http-methods,http-trace,http-server-header';
  const { stdout } = await run('nmap', ['-Pn', '-sV', '-p', String(port), '--script', scripts, 'localhost'], {
    timeout: SCAN_MS_MAX,
  });
  const wrong = stdout
    .split('\n')
    .filter((line) => /server-header:|risky methods|TRACE is enabled/.test(line));
  if (!/least strength: A/.test(stdout)) wrong.push('a cipher below A is offered, or none could be read');
  if (/SSLv|TLSv1\.[01]/.test(stdout)) wrong.push('an old version of TLS is offered');
  return wrong;
}

/** Quick and shallow: what takes input, and is reached without a token. */
async function sqlmap({ port, folder }: Instance): Promise<string[]> {
  const { stdout } = await run(
    'sqlmap',
    [
      ...[
        '-u',
        `https://localhost:${port}/v1/payments?limit=1&cursor=1`,
        '--batch',
        '--level',
        '2',
        '--risk',
        '1',
      ],
      ...['--ignore-code', '*', '--threads', '4', '--timeout', '10', '--output-dir', join(folder, 'sqlmap')],
      ...['-p', 'limit,cursor,user-agent,referer'],
    ],
    { timeout: SCAN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX },
  );
  const found = stdout.split('\n').filter((line) => /Parameter:|Type:|is vulnerable/.test(line));
  const isDone = /do not appear to be injectable|does not seem to be injectable/.test(stdout);
  return found.length > 0 || isDone ? found : ['sqlmap did not come to an end'];
}

async function testssl({ port, folder, authority }: Instance): Promise<string[]> {
  const file = join(folder, 'testssl.json');
  const how = ['--quiet', '--warnings', 'off', '--color', '0', '--jsonfile', file, '--add-ca', authority];
  await run('testssl', [...how, '--ip', '127.0.0.1', `localhost:${port}`], {
    timeout: SCAN_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
  }).catch((error: { killed?: boolean }) => {
    if (error.killed) throw error; // its exit status counts findings, which are read below
  });
  const said = JSON.parse(await readFile(file, 'utf8')) as {
    id: string;
    severity: string;
    finding: string;
  }[];
  const grade = said.find(({ id }) => id === 'overall_grade')?.finding;
  return said
    .filter(({ id, severity }) => GRAVE.includes(severity) && !OF_THE_TEST_CERTIFICATE.test(id))
    .map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`)
    .concat(GRADES.includes(grade) ? [] : [`grade ${grade}`]);
}
