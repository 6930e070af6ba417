import type { DatabaseFacts } from '../../platform/postgres/database-facts.js';
import type { Judgement } from './checks.js';
import type { Facts } from './facts.js';

export interface JudgedItem extends Judgement {
  id: string;
  means: string;
  person: string;
}

/** A page that needs nothing else: to be read, printed and kept. */
export function evidenceHtml(facts: Facts, items: readonly JudgedItem[]): string {
  const count = (result: string) => items.filter((it) => it.result === result).length;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evidence of ${facts.at.slice(0, 10)} – Tokenkeep</title><style>${STYLE}</style></head>
<body><main>
<h1>Evidence for PCI DSS SAQ A</h1>
<p class="lead">${text(facts.records.merchant)}, ${text(facts.at)}. Made by ${text(facts.operator)} with Tokenkeep ${text(facts.program.version)}.</p>
<p>This says what was looked at and what was found. It says nothing about whether an organisation fulfils PCI DSS: the merchant attests that, and much
of it is done by people. “Partly” means that the program looked at its part and found nothing against it.</p>
${facts.program.production ? '' : '<p class="warning" role="note">Not made by a production configuration: it shows how evidence looks, and nothing about a real installation.</p>'}
<p><strong>${count('shown')}</strong> shown, <strong>${count('partly')}</strong> partly, <strong>${count('not shown')}</strong> not shown, of ${items.length}.</p>
<nav aria-label="Contents"><ol>${SECTIONS.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join('')}</ol></nav>
${section('scope', scope(facts))}
${section('items', table(['Item', 'What it means', 'Result', 'What was looked at, and found', 'What a person must still do'], items.map(itemCells)))}
${section('isolation', isolation(facts))}
${section('data', [facts.application, facts.payments].map(inventory).join(''))}
${section('roles', [facts.application, facts.payments].map(roles).join(''))}
${section(
  'routes',
  table(
    ['Route', 'Who may', 'Answer without a token'],
    facts.routes.map(({ route, policy, withoutToken }) => [
      code(route),
      text(policy === null ? 'nobody' : policy === 'public' ? 'everybody' : policy.join(', ')),
      String(withoutToken),
    ]),
  ),
)}
${section('pages', facts.pages.map(page).join(''))}
${section('audit', auditWords(facts))}
${section('providers', providers(facts))}
${section('parts', `<p>${facts.components.count > 0 ? `${facts.components.count} components: <code>bill-of-materials.cdx.json</code> beside this page (CycloneDX).` : text(facts.components.reason)}</p>`)}
</main></body></html>
`;
}

const SECTIONS = [
  ['scope', 'Scope and flow of data'],
  ['items', 'Eligibility and requirements'],
  ['isolation', 'Measured isolation'],
  ['data', 'Tables, columns, and the sweep for card numbers'],
  ['roles', 'Logins and grants'],
  ['routes', 'Routes and policies'],
  ['pages', 'Scripts and headers of the pages'],
  ['audit', 'Audit log'],
  ['providers', 'Service providers, last scan, last questionnaire'],
  ['parts', 'Software bill of materials'],
] as const;

function section(id: (typeof SECTIONS)[number][0], content: string): string {
  const title = SECTIONS.find(([known]) => known === id)![1];
  return `<section id="${id}"><h2>${title}</h2>${content}</section>`;
}

function scope({ settings, egressHosts }: Facts): string {
  const fields = settings.paymentFields === 'redirect' ? 'on the gateway’s page' : 'in the gateway’s frames';
  const boxes = [
    { x: 10, label: 'Payer’s browser', note: `cards: ${fields}` },
    { x: 330, label: 'Tokenkeep', note: 'tokens, last four, expiry' },
    { x: 650, label: settings.gateways.join(', '), note: 'account data' },
  ];
  return `<figure><svg viewBox="0 0 900 250" role="img" aria-labelledby="flow-title"><title id="flow-title">Card data goes from the browser to the gateway; Tokenkeep gets tokens and never card data.</title>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10z"/></marker></defs>
${boxes.map(({ x, label, note }) => `<rect x="${x}" y="90" width="230" height="70" rx="8"/><text x="${x + 115}" y="120" class="name">${text(label)}</text><text x="${x + 115}" y="143">${text(note)}</text>`).join('')}
<path class="card" d="M125 88 C200 10, 690 10, 765 86" marker-end="url(#tip)"/><text x="445" y="22" class="card-words">card data, never through Tokenkeep</text>
<path d="M242 125 H326" marker-end="url(#tip)"/><text x="285" y="80">REST, no card data</text>
<path d="M562 125 H646" marker-end="url(#tip)"/><text x="605" y="80">token, amount</text>
<path d="M445 162 V208" marker-end="url(#tip)"/><text x="445" y="232">payments’ database: isolation “${text(settings.isolation)}”</text>
</svg><figcaption>The program calls or sends browsers to: ${egressHosts.map(code).join(', ')}</figcaption></figure>`;
}

function itemCells({ id, means, result, checks, person }: JudgedItem): string[] {
  const tone = { shown: 'good', partly: 'part', 'not shown': 'bad' }[result];
  return [
    `<strong>${text(id)}</strong>`,
    text(means),
    `<span class="${tone}">${result}</span>`,
    checks.map((it) => `<p>${text(it)}</p>`).join(''),
    text(person),
  ];
}

function isolation({ settings, application, payments }: Facts): string {
  const rows = [application, payments].map(({ schema, server, database, role }) => [
    text(schema),
    code(server.systemIdentifier),
    text(server.version),
    text(database),
    text(role),
    server.encrypted ? 'yes' : 'no',
  ]);
  return `<p>Level, from what both connections say of themselves: <strong>${text(settings.isolation)}</strong> (schema, role, database, cluster).</p>
${table(['Data of', 'Server', 'PostgreSQL', 'Database', 'Role', 'TLS'], rows)}`;
}

function inventory({ schema, tables, sweep }: DatabaseFacts): string {
  const found = sweep.found.map(({ table: name, column, rows }) => `${name}.${column}: ${rows} rows`);
  return `<h3>${text(schema)}</h3><p>${sweep.rowsRead} rows looked through for card numbers. Found: ${text(found.join(', ') || 'none')}.</p>
${table(
  ['Table', 'Rows', 'Columns'],
  tables.map(({ table: name, rows, columns }) => [code(name), String(rows), text(columns.join(', '))]),
)}`;
}

function roles({ schema, logins, grants }: DatabaseFacts): string {
  const right = (is: boolean, word: string) => (is ? [word] : []);
  const who = logins.map(({ role, superuser, createRole, bypassRls, memberOf }) => [
    text(role),
    text(
      [
        ...right(superuser, 'superuser'),
        ...right(createRole, 'makes roles'),
        ...right(bypassRls, 'past row security'),
      ].join(', ') || '–',
    ),
    text(memberOf.join(', ') || '–'),
  ]);
  return `<h3>${text(schema)}</h3>${table(['Login of the server', 'Special rights', 'Member of'], who)}
${table(
  ['Role', 'Table or function', 'May'],
  grants.map(({ grantee, object, privileges }) => [text(grantee), code(object), text(privileges)]),
)}`;
}

function page({ address, status, headers, scripts, cardFields }: Facts['pages'][number]): string {
  const loaded = scripts.map(({ address: source, sha256 }) => [
    code(source),
    sha256 ? `SHA-256 ${code(sha256)}` : 'of another host',
  ]);
  return `<h3>${code(address)} (${status})</h3><p>Fields for card data in its HTML: ${cardFields.length}. The first part of a script’s address is a hash over all files of the pages.</p>
${table(['Script', 'What it is'], loaded)}${table(
    ['Header', 'Value'],
    Object.entries(headers).map(([name, value]) => [code(name), text(value)]),
  )}`;
}

function auditWords({ audit }: Facts): string {
  const bad = audit.firstBad ? ` First that does not fit: ${text(JSON.stringify(audit.firstBad))}.` : '';
  return `<p>${audit.entriesVerified} sealed entries in ${audit.batchesVerified} batches are <strong>${audit.outcome}</strong>.${bad}
${audit.anchorsCompared} anchors compared; ${audit.anchoredEntries} entries are anchored outside of the database; ${audit.entriesNotSealed} are not sealed yet.</p>`;
}

function providers({ records }: Facts): string {
  const none = 'no record';
  const rows = records.serviceProviders.map((it) => [
    ...[
      it.name,
      it.services,
      it.hosts.join(', '),
      it.examinedOn ?? none,
      it.agreementOn ?? none,
      it.attestationOn ?? none,
    ],
  ]);
  return `${table(
    ['Provider', 'Services', 'Hosts', 'Examined', 'Agreement', 'Attestation of Compliance'],
    rows.map((row) => row.map(text)),
  )}
<p>Last external scan: ${text(records.lastScan.on ?? none)}. Last self-assessment: ${text(records.lastSelfAssessmentOn ?? none)}.</p>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>';
  const cells = (row: readonly string[]) => row.map((it) => `<td>${it}</td>`).join('');
  return `<div class="scrolled" tabindex="0" role="region" aria-label="${head.join(', ')}"><table><thead><tr>${head.map((it) => `<th scope="col">${it}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table></div>`;
}

function code(content: string): string {
  return `<code>${text(content)}</code>`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(content: string): string {
  return content.replaceAll(/[&<>"']/g, (it) => ENTITIES[it]!);
}

const STYLE = `
:root { color-scheme: light; font: 100%/1.5 system-ui, sans-serif; color: #1c2421; background: #fff }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem }
h1 { margin: 0 } h2 { margin: 2.5rem 0 .5rem; border-top: 2px solid #22614f; padding-top: 1rem } h3 { margin: 1.5rem 0 .5rem }
.lead { color: #55605b; margin-top: .25rem } .warning { background: #fdf2dc; border: 1px solid #7a4b00; padding: .75rem 1rem; border-radius: .5rem }
.scrolled { overflow-x: auto; margin: .75rem 0 } table { border-collapse: collapse; width: 100%; font-size: .9375rem }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem; border: 1px solid #d5dbd7 } th { background: #e4f0eb }
td p { margin: 0 0 .25rem } code { font-size: .875em; overflow-wrap: anywhere }
.good { color: #17663a; font-weight: 600 } .part { color: #1d4f8c; font-weight: 600 } .bad { color: #a51d24; font-weight: 600; white-space: nowrap }
figure { margin: 1rem 0 } svg { max-width: 56rem; width: 100%; height: auto } svg rect { fill: #e4f0eb; stroke: #22614f }
svg path { stroke: #1c2421; stroke-width: 2; fill: none } svg marker path { fill: #1c2421; stroke: none } svg path.card { stroke: #a51d24; stroke-dasharray: 6 4 }
svg text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1c2421 } svg .name { font-weight: 600 } svg .card-words { fill: #a51d24 }
a { color: #22614f }
@media print { main { max-width: none; padding: 0 } .scrolled { overflow: visible } }`;
