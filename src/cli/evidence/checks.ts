import { KEYS_AGE_MS_MAX, KEYS_FRESH_MS } from '../../platform/authentication/issuer-keys.js';
import { REMEMBERED_MS } from '../../platform/authentication/token-verifier.js';
import type { Facts } from './facts.js';
import { dated } from './records.js';

/** `shown`: this run shows it; `partly`: a part of it; `not shown`: this run speaks against it, or nothing speaks for it. */
export interface Judgement {
  result: 'shown' | 'partly' | 'not shown';
  checks: string[];
}

const YEAR = 366;
const QUARTER = 92;
const MONTH = 31;
/** Open by nature: probes, pages, what a gateway signs, and what tells nothing. */
const OPEN =
  /^\w+ \/(health\/|metrics$|v1\/webhooks\/|audit$|operations$|portal\/|dev\/|docs|openapi)|^GET \/$/;

/** A token that was verified is remembered beside the keys, and outlives them for that long. */
const WITHDRAWN_MINUTES = (KEYS_FRESH_MS + REMEMBERED_MS) / 60_000;
const UNASKED_MINUTES = (KEYS_AGE_MS_MAX + REMEMBERED_MS) / 60_000;

type Check = (facts: Facts, now: Date) => Judgement;

/** One check for each item of docs/compliance/saq-a.json; a test compares the two lists. */
export const CHECKS: Record<string, Check> = {
  E0: ({ records }) =>
    partlyIf(!records.isServiceProvider, [
      `the records say that this is ${records.isServiceProvider ? 'a service provider: SAQ A does not apply' : 'no service provider'}`,
    ]),
  E1: () => partlyIf(true, ['there is no adapter for terminals, and no route or page that takes a card']),
  E2: ({ paymentsStatus, settings, egressHosts }) =>
    partlyIf(true, [
      `gateways: ${settings.gateways.join(', ')}; the one for new methods: ${paymentsStatus.gateway.name}`,
      `hosts that the program calls or sends browsers to: ${egressHosts.join(', ')}`,
    ]),
  E3: (facts) => noCardData(facts),
  E4: attestations,
  E5: (facts) => noCardData(facts),
  E6: ({ pages, settings }) => {
    const fields = pages.flatMap(({ cardFields }) => cardFields);
    const foreign = pages.flatMap(({ scripts }) => scripts).filter(({ sha256 }) => sha256 === null);
    return partlyIf(fields.length === 0 && foreign.length === 0, [
      `payment fields: ${settings.paymentFields}${settings.paymentFields === 'redirect' ? ", the gateway's own page" : ", in the gateway's frames"}`,
      `${fields.length} fields for card data in the HTML of our pages, ${foreign.length} scripts of others in it`,
    ]);
  },
  E7: ({ pages, settings }) => {
    const weak = pages.filter(({ headers }) => !isStrict(headers['content-security-policy'] ?? ''));
    return partlyIf(weak.length === 0, [
      `payment fields: ${settings.paymentFields}; script of the gateway in the payer's page: ${settings.gatewayScript ?? 'none'}`,
      `pages without a strict Content-Security-Policy: ${weak.map(({ address }) => address).join(', ') || 'none'}`,
    ]);
  },
  '2.2.2': ({ application, payments }) => {
    const accepted = [...application.defaultLoginsAccepted, ...payments.defaultLoginsAccepted];
    return partlyIf(accepted.length === 0, [
      `well-known logins tried on both database servers, accepted: ${accepted.join(', ') || 'none'}`,
    ]);
  },
  '3.1.1': ({ records }, now) => byRecord(dated('policies reviewed', records.policiesReviewedOn, YEAR, now)),
  '3.2.1': (facts, now) => {
    const judged = byRecord(dated('retention verified', facts.records.retentionVerifiedOn, QUARTER, now));
    return { ...judged, checks: [...judged.checks, ...noCardData(facts).checks] };
  },
  '6.3.1': ({ records, components }, now) => {
    const judged = byRecord(dated('vulnerabilities ranked', records.vulnerabilitiesReviewedOn, MONTH, now));
    return { ...judged, checks: [billWords(components), ...judged.checks] };
  },
  '6.3.3': ({ records, components, program, payments }, now) => {
    const judged = byRecord(dated('patches reviewed', records.vulnerabilitiesReviewedOn, MONTH, now));
    const versions = `Node.js ${program.node}, PostgreSQL ${payments.server.version}`;
    return { ...judged, checks: [versions, billWords(components), ...judged.checks] };
  },
  '8.2.1': ({ audit, settings }) =>
    partlyIf(audit.entriesWithoutActor === 0 && settings.issuer !== null, [
      `audit entries without an actor: ${audit.entriesWithoutActor} of ${audit.entries}`,
      settings.issuer
        ? `tokens are those of ${settings.issuer}`
        : 'development tokens: anybody may be anybody',
    ]),
  '8.2.2': ({ application, payments }) => {
    const logins = new Set([...application.logins, ...payments.logins].map(({ role }) => role));
    return { result: 'partly', checks: [`logins of the database servers: ${[...logins].join(', ')}`] };
  },
  '8.2.5': ({ settings }) =>
    partlyIf(settings.issuer !== null, [
      `a token is believed until it expires; a key that the issuer withdrew, for ${WITHDRAWN_MINUTES} minutes at most, ` +
        `and for ${UNASKED_MINUTES} where the issuer does not answer`,
    ]),
  '8.3.1': ({ routes }) => {
    const open = routes.filter(({ route, withoutToken }) => withoutToken !== 401 && !OPEN.test(route));
    const without = routes.filter(({ policy }) => policy === null);
    return shownIf(open.length === 0 && without.length === 0, [
      `${routes.length} routes asked without a token; answered although they are not open by nature: ${open.map(({ route }) => route).join(', ') || 'none'}`,
      `routes without a policy: ${without.length}`,
    ]);
  },
  '8.3.5': identityProvider,
  '8.3.6': identityProvider,
  '8.3.7': identityProvider,
  '8.3.9': identityProvider,
  '9.4.1': media,
  '9.4.1.1': media,
  '9.4.2': media,
  '9.4.3': media,
  '9.4.4': media,
  '9.4.6': media,
  '11.3.2': scan,
  '11.3.2.1': ({ records }) => {
    const { lastSignificantChangeOn: change, lastScan } = records;
    const covered = change !== null && lastScan.on !== null && lastScan.on >= change;
    return partlyIf(covered, [
      `last significant change: ${change ?? 'no record'}; last scan: ${lastScan.on ?? 'no record'}`,
    ]);
  },
  '12.8.1': ({ records, egressHosts }) => {
    const { serviceProviders, ownHosts = [] } = records;
    const listed = new Set([...serviceProviders.flatMap(({ hosts }) => hosts), ...ownHosts]);
    const missing = egressHosts.filter((host) => !listed.has(host));
    return shownIf(missing.length === 0, [
      `hosts that the program calls or sends browsers to: ${egressHosts.join(', ')}; of no listed provider, nor our own: ${missing.join(', ') || 'none'}`,
    ]);
  },
  '12.8.2': providers('agreement', 'agreementOn', 50 * YEAR),
  '12.8.3': providers('examination', 'examinedOn', 50 * YEAR),
  '12.8.4': attestations,
  '12.8.5': ({ records }) => {
    const lacking = records.serviceProviders.filter(
      ({ responsibilities }) => Object.keys(responsibilities).length === 0,
    );
    return partlyIf(records.serviceProviders.length > 0 && lacking.length === 0, [
      `providers without recorded responsibilities: ${lacking.map(({ name }) => name).join(', ') || 'none'}`,
    ]);
  },
  '12.10.1': ({ records }, now) => {
    const judged = byRecord(dated('the plan was tried', records.incidentPlanTriedOn, YEAR, now));
    return {
      ...judged,
      checks: ['docs/compliance/incident-response.md, whose commands a test runs', ...judged.checks],
    };
  },
};

function noCardData({ application, payments }: Facts): Judgement {
  const found = [application, payments].flatMap(({ sweep }) => sweep.found);
  const suspect = [application, payments].flatMap(({ tables }) =>
    tables.flatMap(({ table, suspectColumns }) => suspectColumns.map((column) => `${table}.${column}`)),
  );
  const rows = application.sweep.rowsRead + payments.sweep.rowsRead;
  return partlyIf(found.length === 0 && suspect.length === 0, [
    `${rows} rows of both databases looked through; card numbers in: ${found.map(({ table, column, rows: count }) => `${table}.${column} (${count} rows)`).join(', ') || 'none'}`,
    `columns named like card data: ${suspect.join(', ') || 'none'}`,
  ]);
}

function attestations({ records }: Facts, now: Date): Judgement {
  return providers('Attestation of Compliance', 'attestationOn', YEAR)({ records } as Facts, now);
}

function providers(
  what: string,
  field: 'agreementOn' | 'examinedOn' | 'attestationOn',
  daysMax: number,
): Check {
  return ({ records }, now) => {
    const dates = records.serviceProviders.map((it) => dated(`${it.name}, ${what}`, it[field], daysMax, now));
    return partlyIf(
      dates.length > 0 && dates.every(({ fresh }) => fresh),
      dates.map(({ words }) => words),
    );
  };
}

function identityProvider({ records, settings }: Facts, now: Date): Judgement {
  const judged = byRecord(dated('identity provider reviewed', records.identityProviderReviewedOn, YEAR, now));
  return {
    ...judged,
    checks: [
      `this program keeps no passwords; issuer: ${settings.issuer ?? 'none, development tokens'}`,
      ...judged.checks,
    ],
  };
}

function media({ records }: Facts, now: Date): Judgement {
  return byRecord(dated('media and paper reviewed', records.mediaReviewedOn, YEAR, now));
}

function scan({ records: { lastScan } }: Facts, now: Date): Judgement {
  const { fresh, words } = dated(
    `scan by ${lastScan.vendor ?? 'an approved vendor'}`,
    lastScan.on,
    QUARTER,
    now,
  );
  return partlyIf(fresh && lastScan.passed === true, [words, `passed: ${lastScan.passed ?? 'no record'}`]);
}

function byRecord({ fresh, words }: { fresh: boolean; words: string }): Judgement {
  return partlyIf(fresh, [words]);
}

function billWords({ count, reason }: Facts['components']): string {
  return count > 0
    ? `bill of materials with ${count} components in this pack`
    : `no bill of materials: ${reason}`;
}

function isStrict(policy: string): boolean {
  return policy.includes("default-src 'none'") && !/unsafe-(inline|eval)/.test(policy);
}

function shownIf(isTrue: boolean, checks: string[]): Judgement {
  return { result: isTrue ? 'shown' : 'not shown', checks };
}

/** What a program cannot show whole, however well it looks. */
function partlyIf(isTrue: boolean, checks: string[]): Judgement {
  return { result: isTrue ? 'partly' : 'not shown', checks };
}
