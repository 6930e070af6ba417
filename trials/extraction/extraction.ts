import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { comeToRest, judge } from '../relocation/verdict.ts';
import type { Finding, Part } from '../trial.ts';
import { Traffic } from '../world/traffic.ts';
import { Estate, type Settings, settingsIn } from './estate.ts';

/** Payments between two steps, so that each shape has taken some. */
const STAY_MS = 2_000;
/** A single program that is started again pauses payments for as long as it takes to start, on a busy machine, too. */
const GAP_SECONDS_MAX = 60;

/** The gateway's list of events is read page by page. */
const ASKED_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

interface Step {
  name: string;
  act: () => Promise<unknown>;
}

/** Part: docs/guides/extract-payments.md on a running school, each step and each way back, while payers pay. */
export const extraction: Part = async ({ dist, house, rate, seed, progress }) => {
  const estate = await Estate.build(dist, house);
  const wrong: string[] = [];
  const notes: string[] = [];
  try {
    const traffic = await Traffic.prepare(estate);
    traffic.begin(rate, { invoices: true });
    const begun = Date.now();
    let longest = { gap: 0, name: '' };
    const steps = [...dataSteps(estate), ...processSteps(estate)];
    for (const [index, { name, act }] of steps.entries()) {
      const since = Date.now();
      try {
        await act();
      } catch (error) {
        const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
        wrong.push(`${name}: ${message} ${stdout} ${stderr}`);
        break;
      }
      await sleep(STAY_MS);
      const gap = traffic.longestGapSeconds(since);
      if (gap > longest.gap) longest = { gap, name };
      if (gap > GAP_SECONDS_MAX) wrong.push(`${name}: nobody could pay for ${gap} s`);
      console.error(
        `extraction: ${name}: ${((Date.now() - since - STAY_MS) / 1_000).toFixed(1)} s, no payment for ${gap.toFixed(2)} s`,
      );
      progress(index + 1, steps.length, wrong.length);
    }
    await traffic.end();
    wrong.push(...(await askedForLost(estate)), ...(await comeToRest(estate)));
    wrong.push(...(await judge(estate, traffic)));
    wrong.push(...(await invoicesUnpaid(estate, traffic)));
    const refused = [...traffic.refusals].map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
    notes.push(
      `${steps.length} steps, ${traffic.made.length} payments in ${Math.round((Date.now() - begun) / 1_000)} s`,
      `longest time without one ${longest.gap.toFixed(2)} s, in ${longest.name}`,
      `refused and asked again: ${refused}`,
    );
  } finally {
    await estate.stop();
  }
  const replay = 'npm run trials -- --only extraction';
  const findings: Finding[] =
    wrong.length > 0 ? [{ part: 'extraction', trial: 'the guide', seed, replay, wrong }] : [];
  return { part: 'extraction', trials: 1, findings, notes };
};

/** The first move: the data. */
function dataSteps(estate: Estate): Step[] {
  let vault: Settings = {};
  const former = { ...estate.settings };
  const toVault = () => ({ RELOCATE_TO_URL: vault['PAYMENTS_MIGRATION_URL']! });
  const toFormer = () => ({ RELOCATE_TO_URL: former['PAYMENTS_MIGRATION_URL']! });
  const follow = async (settings: Settings, other: string | undefined) => {
    const { PAYMENTS_RELOCATION_URL: _, ...rest } = { ...estate.settings, ...homeOf(settings) };
    estate.settings = other ? { ...rest, PAYMENTS_RELOCATION_URL: other } : rest;
    await estate.restartOneByOne();
  };
  const admin = ['--admin-url', estate.adminUrl('apart'), '--database', 'payments', '--for', 'payments'];
  const steps: Step[] = [
    {
      name: '1 roles and schema',
      act: async () => (vault = settingsIn(await estate.cli(['db', 'setup', ...admin]))),
    },
    { name: '1 both are known', act: () => follow(former, vault['PAYMENTS_DATABASE_URL']) },
    { name: '1 back: one is known', act: () => follow(former, undefined) },
    { name: '1 both again', act: () => follow(former, vault['PAYMENTS_DATABASE_URL']) },
    { name: '1 a dry run', act: () => estate.cli(['db', 'relocate', '--dry-run'], toVault()) },
    { name: '1 moved', act: () => moved(estate, 'apart', () => estate.cli(['db', 'relocate'], toVault())) },
    { name: '1 the new home is named', act: () => follow(vault, undefined) },
    { name: '1 back: the former is known, too', act: () => follow(vault, former['PAYMENTS_DATABASE_URL']) },
    {
      name: '1 back: moved',
      act: () => moved(estate, 'shared', () => estate.cli(['db', 'relocate', '--back'], toFormer())),
    },
    { name: '1 back: the former home is named', act: () => follow(former, undefined) },
    { name: '1 both once more', act: () => follow(former, vault['PAYMENTS_DATABASE_URL']) },
    {
      name: '1 moved again',
      act: () => moved(estate, 'apart', () => estate.cli(['db', 'relocate'], toVault())),
    },
    { name: '1 the new home is named again', act: () => follow(vault, undefined) },
  ];
  return steps;
}

const homeOf = ({ PAYMENTS_DATABASE_URL, PAYMENTS_MIGRATION_URL }: Settings): Settings => ({
  PAYMENTS_DATABASE_URL: PAYMENTS_DATABASE_URL!,
  PAYMENTS_MIGRATION_URL: PAYMENTS_MIGRATION_URL!,
});

async function moved(estate: Estate, home: Estate['home'], relocate: () => Promise<string>): Promise<void> {
  await relocate();
  estate.home = home;
}

/** The second move: the process. */
function processSteps(estate: Estate): Step[] {
  let before: Settings = {};
  let link: Settings = {};
  let payments: Settings = {};
  const events = `whsec_${randomBytes(32).toString('base64')}`;
  const webhooks = `whsec_${randomBytes(24).toString('base64')}`;

  const beside = async () => {
    before = { ...estate.settings };
    payments = {
      ...pick(before, /^(STRIPE_|PAYMENTS_|AUTH_|RETURN_URL_ORIGINS)/),
      ...pick(before, /^(NODE_ENV|LOG_LEVEL|DATA_FOLDER|SANDBOX_PORT|RATE_LIMIT_)/), // of these trials
      PAYMENTS_LINK_PUBLIC_KEYS: link['PAYMENTS_LINK_PUBLIC_KEYS']!,
      PAYMENTS_EVENTS_URL: `${estate.applications[0]!.url}/link/v1/events`,
      PAYMENTS_EVENTS_SECRETS: events,
      WORKERS: 'off',
    };
    await estate.startPayments({ ...payments });
  };
  const webhooksToo = async () => {
    payments['STRIPE_WEBHOOK_SECRETS'] = `${webhooks},${payments['STRIPE_WEBHOOK_SECRETS']}`;
    await estate.startPayments({ ...payments });
    await estate.account.addEndpoint(`${estate.payments!.url}/v1/webhooks/stripe`, webhooks);
  };
  const over = async () => {
    estate.settings = {
      ...before,
      PAYMENTS_URL: estate.payments!.url,
      PAYMENTS_LINK_SIGNING_KEY: link['PAYMENTS_LINK_SIGNING_KEY']!,
      PAYMENTS_EVENTS_SECRETS: events,
    };
    for (const name of await namesRefused(estate)) delete estate.settings[name];
    await estate.cli(['config', 'check']);
    await estate.restartOneByOne();
  };
  const backFromOver = async () => {
    estate.settings = { ...before };
    await estate.restartOneByOne();
  };
  const working = async (isWorking: boolean) => {
    const { WORKERS: _, ...rest } = payments;
    payments = isWorking ? rest : { ...rest, WORKERS: 'off' };
    await estate.startPayments({ ...payments });
  };
  const newTokenKey = async () => {
    const key = (await estate.cli(['keys', 'new', 'second'], {}, payments)).trim();
    payments['PAYMENTS_TOKEN_KEYS'] = `${key},${payments['PAYMENTS_TOKEN_KEYS']}`;
    await estate.startPayments({ ...payments });
    await estate.cli(['keys', 'rotate'], {}, payments);
    payments['PAYMENTS_TOKEN_KEYS'] = key;
    await estate.startPayments({ ...payments });
  };
  const purge = async () =>
    estate.cli(
      ['db', 'purge'],
      { PURGE_URL: estate.adminUrl('shared').replace(/postgres$/, 'tokenkeep') },
      payments,
    );

  return [
    { name: '2.1 keys', act: async () => (link = settingsIn(await estate.cli(['keys', 'new-link']))) },
    { name: '2.2 payments beside', act: beside },
    { name: '2.2 back', act: async () => estate.payments!.end() },
    { name: '2.2 payments beside again', act: async () => estate.payments!.start() },
    { name: '2.3 webhooks to payments', act: webhooksToo },
    { name: '2.4 the application over', act: over },
    { name: '2.4 back', act: backFromOver },
    { name: '2.4 the application over again', act: over },
    { name: '2.5 work to payments', act: () => working(true) },
    { name: '2.5 back: work to nobody', act: () => working(false) },
    { name: '2.5 back: the application as before', act: backFromOver },
    { name: '2.4 once more', act: over },
    { name: '2.5 once more', act: () => working(true) },
    { name: '2.6 a new token key', act: newTokenKey },
    { name: '2.6 the former home is removed', act: purge },
  ];
}

/** What the start refuses beside PAYMENTS_URL, as it names it. */
async function namesRefused(estate: Estate): Promise<string[]> {
  const said = await estate.cli(['config', 'check']).then(
    () => '',
    (error: Error & { stderr?: string }) => error.stderr ?? '',
  );
  return [...said.matchAll(/^\s+([A-Z_]+): /gm)].map(([, name]) => name!);
}

function pick(settings: Settings, names: RegExp): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.test(name)));
}

/**
 * What an instance had not taken when it gave payments away, the gateway sends again to an address that takes nothing any more;
 * payments find it by asking for the list of events.
 */
async function askedForLost(estate: Estate): Promise<string[]> {
  const begun = Date.now();
  for (const end = begun + ASKED_MS; ; await sleep(LOOK_EVERY_MS)) {
    await estate.rows(
      'apart',
      `UPDATE payments.event_backfill SET due_at = clock_timestamp() WHERE due_at > clock_timestamp()`,
    );
    const unread = await estate.rows(
      'apart',
      `SELECT FROM payments.event_backfill WHERE coalesce(read_until, 'epoch') < to_timestamp($1 / 1000.0)`,
      [begun],
    );
    if (unread.length === 0) return [];
    if (Date.now() > end) return ['the list of events was not read again'];
  }
}

/** Every invoice that its payer was told is paid is paid in the books, too. */
async function invoicesUnpaid(estate: Estate, { paid }: Traffic): Promise<string[]> {
  const open = await estate.rows<{ id: string; status: string }>(
    'shared',
    `SELECT id, status FROM app.invoice WHERE id = ANY($1::uuid[]) AND status <> 'paid'`,
    [paid],
  );
  return open.map(({ id, status }) => `the invoice ${id} was paid and is ${status}`);
}
