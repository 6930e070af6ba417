import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Answer } from '../support/api.js';
import { eventually } from '../support/given.js';
import { emptyFolder, endPrograms, environmentBeside, freePort, Program } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const PER_PERSON = 20;
const PER_ADDRESS = 100;
const LIMITS = {
  RATE_LIMIT_PER_PERSON: String(PER_PERSON),
  RATE_LIMIT_PER_SERVICE: '40',
  RATE_LIMIT_PER_ADDRESS: String(PER_ADDRESS),
  TRUSTED_PROXIES: '127.0.0.1',
};

let tokenkeep: Tokenkeep;
let other: Program;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { ...LIMITS, WORKERS: 'off' } });
  const port = await freePort();
  const environment = { ...environmentBeside(tokenkeep), ...LIMITS, WORKERS: 'off', PORT: String(port) };
  other = await Program.start('main.js', await emptyFolder(), environment, port);
});
afterAll(async () => {
  await endPrograms();
  await tokenkeep.stop();
});

let addresses = 0;
/** Through the proxy in front, from an address that nobody had before. */
const newAddress = () => `203.0.113.${++addresses}`;

async function signedIn(role: string, address = newAddress()): Promise<Api> {
  const answer = await fetch(`${tokenkeep.url}/dev/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...from(address) },
    body: JSON.stringify({ subject: `somebody-${address.replaceAll('.', '-')}`, role }),
  });
  const { token } = (await answer.json()) as { token: string };
  return new Api(tokenkeep.url, `somebody-${address.replaceAll('.', '-')}`, token);
}

function from(address: string): Record<string, string> {
  return { 'x-forwarded-for': address, 'x-forwarded-proto': 'https' };
}

/** One of their requests, at one instance or the other. */
function call(person: Api, at: { url: string }, address = newAddress()): Promise<Answer> {
  return new Api(at.url, person.subject, person.token).send('GET', '/v1/payments', undefined, {
    headers: from(address),
  });
}

async function times(count: number, send: () => Promise<Answer>): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, send));
  return answers.map(({ status }) => status);
}

describe('a person', () => {
  it('may go on once the minute is over', async () => {
    const person = await signedIn('payer'); // the first one here: there is no row of anybody else
    await times(PER_PERSON, () => call(person, tokenkeep));
    await eventually(
      () =>
        tokenkeep.sql(`SELECT FROM app.rate_limit WHERE key LIKE 'person %' AND requests = $1`, [PER_PERSON]),
      (rows) => rows.length === 1, // added up, as it is four times a second
    );
    await tokenkeep.sql(
      `UPDATE app.rate_limit SET ends_at = clock_timestamp() - interval '1 second' WHERE key LIKE 'person %'`,
    );

    const elsewhere = await times(PER_PERSON / 2, () => call(person, other));

    expect(new Set(elsewhere)).toEqual(new Set([200]));
  });

  it('is told how much is left, and when it is used up how long to wait', async () => {
    const person = await signedIn('payer');

    const first = await call(person, tokenkeep);
    const rest = await times(PER_PERSON - 1, () => call(person, tokenkeep));
    const over = await call(person, tokenkeep);

    expect(first.headers.get('ratelimit')).toMatch(/"address";r=99;t=(60|59), "person";r=19;t=(60|59)/);
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=100;w=60, "person";q=20;w=60');
    expect(new Set(rest)).toEqual(new Set([200]));
    expect(over).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(over.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(over.headers.get('ratelimit')).toMatch(/"person";r=0;t=\d+/);
    expect(over.headers.get('strict-transport-security')).not.toBeNull();
  });

  it('has one limit at all instances, wherever they call from', async () => {
    const person = await signedIn('payer');

    await times(PER_PERSON / 2, () => call(person, tokenkeep));
    await times(PER_PERSON / 2, () => call(person, other));

    for (const instance of [tokenkeep, other])
      await eventually(
        () => call(person, instance),
        ({ status }) => status === 429,
      );
    const [counted] = await tokenkeep.sql<{ requests: number }>(
      `SELECT max(requests) AS requests FROM app.rate_limit WHERE key LIKE 'person %'`,
    );
    expect(counted!.requests).toBeLessThanOrEqual(PER_PERSON * 2);
  });

  it('does not use up what others may send, and a service may send more', async () => {
    const [person, neighbour, service] = [
      await signedIn('payer'),
      await signedIn('payer'),
      await signedIn('service'),
    ];

    await times(PER_PERSON + 1, () => call(person, tokenkeep));
    const answers = await times(PER_PERSON + 1, () => call(service, tokenkeep));

    expect((await call(neighbour, tokenkeep)).status).toBe(200);
    expect(answers).not.toContain(429);
  });
});

describe('an address', () => {
  it('is refused before its token is looked at, whoever it says it is', async () => {
    const address = newAddress();
    const guess = (): Promise<Answer> =>
      new Api(tokenkeep.url, '', `guess-${Math.random()}`).send('GET', '/v1/payments', undefined, {
        headers: from(address),
      });

    const guesses = await times(PER_ADDRESS + 5, guess);

    expect(guesses.filter((status) => status === 401)).toHaveLength(PER_ADDRESS);
    expect(guesses.filter((status) => status === 429)).toHaveLength(5);
    expect((await guess()).body.code).toBe('rate_limited');
  });

  it('of IPv6 is a network, as whoever has one address has them all', async () => {
    const ask = (n: number): Promise<Answer> =>
      new Api(tokenkeep.url, '', '').send('GET', '/v1/nothing', undefined, {
        headers: from(`2001:db8:0:7::${n.toString(16)}`),
      });
    await Promise.all(Array.from({ length: PER_ADDRESS }, (_, n) => ask(n)));

    expect((await ask(9_999)).status).toBe(429);
  });

  it('is not counted when it asks how the program is', async () => {
    const address = newAddress();
    const ask = (path: string) => fetch(tokenkeep.url + path, { headers: from(address) });

    for (let n = 0; n < PER_ADDRESS + 5; n++) expect((await ask('/health/live')).status).toBe(200);

    expect((await ask('/v1/nothing')).headers.get('ratelimit')).toMatch(/"address";r=99/);
  });

  it('that sends forged events is refused, before their signature costs anything', async () => {
    const address = newAddress();
    const forge = () =>
      fetch(`${tokenkeep.url}/v1/webhooks/stripe`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...from(address) },
        body: '{}',
      });

    for (let n = 0; n < PER_ADDRESS + 1; n++) expect((await forge()).status).toBe(400);

    const refused = await eventually(forge, ({ status }) => status === 429);
    expect(refused.headers.has('retry-after')).toBe(true);
  });
});

describe('an instance that cannot share its counts', () => {
  it('answers, and counts by itself', async () => {
    await tokenkeep.sql('ALTER TABLE app.rate_limit RENAME TO rate_limit_away');
    const [one, two] = [await signedIn('payer'), await signedIn('payer')];

    const atOne = await times(PER_PERSON + 2, () => call(one, tokenkeep));
    const atBoth = await times(PER_PERSON, () => call(two, tokenkeep));
    const elsewhere = await times(PER_PERSON, () => call(two, other));
    await tokenkeep.sql('ALTER TABLE app.rate_limit_away RENAME TO rate_limit');

    expect(atOne.filter((status) => status === 429)).toHaveLength(2);
    expect(new Set([...atBoth, ...elsewhere])).toEqual(new Set([200]));
  });
});
