import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../support/api.js';
import { runCli } from '../support/cli.js';
import { savedCard } from '../support/given.js';
import { LEVEL } from '../support/shape.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** Every eligibility criterion and requirement of SAQ A v4.0.1 revision 1. */
const ITEMS = [
  ...['E0', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7'],
  ...[
    '2.2.2',
    '3.1.1',
    '3.2.1',
    '6.3.1',
    '6.3.3',
    '8.2.1',
    '8.2.2',
    '8.2.5',
    '8.3.1',
    '8.3.5',
    '8.3.6',
    '8.3.7',
  ],
  ...['8.3.9', '9.4.1', '9.4.1.1', '9.4.2', '9.4.3', '9.4.4', '9.4.6', '11.3.2', '11.3.2.1'],
  ...['12.8.1', '12.8.2', '12.8.3', '12.8.4', '12.8.5', '12.10.1'],
];

let tokenkeep: Tokenkeep;
let folder: string;
let whole: Pack;
/** Of an installation with some records, and with a card number in a table. */
let second: Pack;
beforeAll(async () => {
  [tokenkeep, folder] = await Promise.all([startTokenkeep(), mkdtemp(join(tmpdir(), 'tokenkeep-evidence-'))]);
  await savedCard(tokenkeep, await tokenkeep.as('payer'));
  const ops = await tokenkeep.as('ops');
  await ops.post('/v1/event-endpoints', { url: 'https://erp.example.edu/payments' });
  whole = await pack('whole');
  second = await packOfTrouble();
}, 120_000);
afterAll(async () => {
  await tokenkeep.stop();
  await rm(folder, { recursive: true });
});

interface Pack {
  place: string;
  html: string;
  json: Body;
  item: (id: string) => Body;
}

async function pack(name: string, ...options: string[]): Promise<Pack> {
  const out = join(folder, name);
  const withMail = { ...tokenkeep.environment, SMTP_URL: 'smtps://school:word-of-mail@mail.example.edu' };
  const { exitCode, stderr } = await runCli(['evidence', '--out', out, ...options], withMail);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('Error') });
  const place = join(out, (await readdir(out))[0]!);
  const json = JSON.parse(await readFile(join(place, 'evidence.json'), 'utf8'));
  return {
    place,
    html: await readFile(join(place, 'evidence.html'), 'utf8'),
    json,
    item: (id) => json.items.find((it: Body) => it.id === id),
  };
}

const NUMBER = '4242 4242 4242 4242';

async function packOfTrouble(): Promise<Pack> {
  const records = join(folder, 'records.json');
  const example = JSON.parse(await readFile('docs/compliance/records.example.json', 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  await writeFile(
    records,
    JSON.stringify({
      ...example,
      ownHosts: ['mail.example.edu'],
      policiesReviewedOn: today,
      incidentPlanTriedOn: '2020-01-01',
      lastScan: { on: today, vendor: 'Scan & Co', passed: false },
    }),
  );
  await tokenkeep.sql(
    `INSERT INTO app.person (subject, payer_id, name) VALUES ('planted', 'payer-planted', $1)`,
    [NUMBER],
  );
  const made = await pack('trouble', '--records', records);
  await tokenkeep.sql(`DELETE FROM app.person WHERE subject = 'planted'`);
  return made;
}

describe('the evidence', () => {
  it('says of records that nobody can read what is wrong with them', async () => {
    const records = join(folder, 'not-records');
    await writeFile(records, 'policies reviewed: yes');

    const { exitCode, stderr } = await runCli(['evidence', '--records', records], tokenkeep.environment);

    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`--records ${records}: it cannot be read as JSON`);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('has an answer for every item of SAQ A, says what a person must still do, and never says that it is fulfilled', async () => {
    const { json, html, item } = whole;

    expect(json.items.map((it: Body) => it.id)).toEqual(ITEMS);
    for (const { checks, person } of json.items as Body[])
      expect({ checks, person }).toEqual({
        checks: expect.arrayContaining([expect.any(String)]),
        person: expect.stringMatching(/\.$/),
      });
    expect(html).not.toMatch(/compliant/i);
    expect(item('8.3.1')).toMatchObject({ result: 'shown' });
    expect(item('E3').checks[0]).toMatch(/card numbers in: none$/);
    expect(item('3.1.1')).toMatchObject({
      result: 'not shown',
      checks: ['policies reviewed: there is no record'],
    });
    expect(item('12.8.1')).toMatchObject({ result: 'not shown' }); // the sandbox is nobody's provider
    expect(json.facts.settings.isolation).toBe(LEVEL);
    expect(json.facts.payments.tables.map((it: Body) => it.table)).toContain('payment_method');
    const may = (object: string) =>
      json.facts.payments.grants.find(
        (it: Body) => it.grantee === 'tokenkeep_payments' && it.object === object,
      );
    expect(may('payment').privileges).toMatch(/^insert, select, update of .*status/);
    expect(may('payment_method_change').privileges).toBe('insert, select');
    expect(json.facts.pages[0].headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('names every host that the program calls, and believes whose own it is', () => {
    const hosts = whole.json.facts.egressHosts as string[];

    expect(hosts).toEqual(['127.0.0.1', 'erp.example.edu', 'mail.example.edu']);
    expect(whole.item('E2').checks).toContainEqual(expect.stringContaining(hosts.join(', ')));
    expect(whole.item('12.8.1').checks[0]).toMatch(
      /nor our own: 127.0.0.1, erp.example.edu, mail.example.edu$/,
    );
    expect(second.item('12.8.1').checks[0]).toMatch(/nor our own: 127.0.0.1, erp.example.edu$/);
    expect(JSON.stringify(whole.json)).not.toContain('word-of-mail');
  });

  it('believes what people recorded only as long as it is young enough', async () => {
    const { item, html } = second;

    expect(item('3.1.1').result).toBe('partly');
    expect(item('12.10.1').result).toBe('not shown');
    expect(item('11.3.2').result).toBe('not shown');
    expect(html).toContain('Scan &amp; Co');
  });

  it('finds a card number wherever it got to, and does not repeat it', async () => {
    const { item, html, json } = second;

    expect(item('E3')).toMatchObject({ result: 'not shown' });
    expect(item('E3').checks[0]).toContain('person.name (1 rows)');
    expect(html + JSON.stringify(json)).not.toContain(NUMBER);
  });

  it('is signed: what was changed afterwards shows', async () => {
    const { place } = whole;

    const before = await tokenkeep.cli('evidence', 'verify', place);
    await appendFile(join(place, 'evidence.html'), ' ');
    const after = await tokenkeep.cli('evidence', 'verify', place);

    expect({ ...JSON.parse(before.stdout), exitCode: before.exitCode }).toEqual({
      signature: 'right',
      changed: [],
      exitCode: 0,
    });
    expect(JSON.parse(after.stdout)).toEqual({ signature: 'right', changed: ['evidence.html'] });
    expect(after.exitCode).toBe(2);
  });
});
