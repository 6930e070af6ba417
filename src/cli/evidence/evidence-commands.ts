import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Command } from 'commander';
import type { DataSource } from 'typeorm';
import { operatedProgram } from '../program.js';
import { progressLine } from '../progress.js';
import { EXIT_DIFFERENCES } from '../running.js';
import { PaymentsConfig } from '../../payments/payments.config.js';
import { PaymentsOperations } from '../../payments/payments.operations.js';
import { Configuration } from '../../platform/configuration/configuration.js';
import { createHttpApplication } from '../../platform/http/http-application.js';
import { operatorName } from '../../platform/http/request-origin.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { databaseFacts } from '../../platform/postgres/database-facts.js';
import { acceptedDefaultLogins } from '../../platform/postgres/default-logins.js';
import { stopEmbeddedServers } from '../../platform/postgres/embedded-postgres.js';
import { PortalConfig } from '../../portal/portal.config.js';
import { billOfMaterials } from './bill-of-materials.js';
import { CHECKS } from './checks.js';
import { egressHosts } from './egress.js';
import type { Facts } from './facts.js';
import { evidenceHtml, type JudgedItem } from './html.js';
import { pageFacts, routeFacts } from './http-facts.js';
import { type Records, readRecords } from './records.js';

const ROOT = join(import.meta.dirname, '../../..');
const COMPLIANCE = join(ROOT, 'docs/compliance');
const MANIFEST = 'manifest.json';
/** What stands before what is signed, so that it passes for nothing else that the key signs. */
const SIGNED = 'tokenkeep evidence 1\n';

interface Manifest {
  files: Record<string, string>;
  signature: { keyName: string; signature: string };
}

/** `evidence …`: what an assessor is given. */
export function evidenceCommands(): Command {
  const evidence = new Command('evidence').description(
    'a dated, signed pack of what this installation shows for PCI DSS SAQ A',
  );
  evidence
    .option('--out <folder>', 'where to put it', 'evidence')
    .option('--records <file>', 'what people have done, and when', join(COMPLIANCE, 'records.example.json'))
    .action(({ out, records }: { out: string; records: string }, command: Command) =>
      write(
        out,
        readRecords(records, (problem) => command.error(`--records ${records}: ${problem}`)),
      ),
    );
  evidence
    .command('verify <folder>')
    .description('that a pack is as it was signed; exit status 2 if not')
    .action((folder: string) => verify(folder));
  return evidence;
}

async function write(out: string, records: Records): Promise<void> {
  const { facts, bill, sign } = await look(records);
  const { items } = JSON.parse(readFileSync(join(COMPLIANCE, 'saq-a.json'), 'utf8')) as {
    items: { id: string; means: string; person: string }[];
  };
  const now = new Date(facts.at);
  const judged: JudgedItem[] = items.map((item) => ({ ...item, ...CHECKS[item.id]!(facts, now) }));
  const folder = join(out, facts.at.replaceAll(':', '').replace(/\.\d+/, ''));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files: Record<string, string> = {
    'evidence.html': evidenceHtml(facts, judged),
    'evidence.json': `${JSON.stringify({ facts, items: judged }, null, 2)}\n`,
    ...(bill ? { 'bill-of-materials.cdx.json': bill } : {}),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const hashes = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, sha256(content)]));
  const manifest: Manifest = { files: hashes, signature: sign(SIGNED + JSON.stringify(hashes)) };
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  const count = (result: string) => judged.filter((it) => it.result === result).length;
  console.log(
    `${join(folder, 'evidence.html')}: ${count('shown')} shown, ${count('partly')} partly, ${count('not shown')} not shown.`,
  );
}

/** Starts the application without listening and without background work, and looks at it from all sides. */
async function look(records: Records) {
  const configuration = Configuration.take(operatedProgram().configurations, {
    LOG_LEVEL: 'warn',
    MIGRATE_ON_START: 'off',
    WORKERS: 'off',
  });
  const platform = configuration.of(PlatformConfig);
  const app = await createHttpApplication(
    operatedProgram().configure(configuration),
    configuration.of(PlatformConfig),
  );
  try {
    const operations = app.get(PaymentsOperations, { strict: false });
    const dataSource = app.get<DataSource>(getDataSourceToken(), { strict: false });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    await operations.recordCommand(operatorName(), 'evidence', {});
    const progress = progressLine('rows');
    const application = {
      ...(await databaseFacts((sql, parameters) => dataSource.query(sql, parameters), 'app', progress)),
      defaultLoginsAccepted: await acceptedDefaultLogins((dataSource.options as { url: string }).url),
    };
    const payments = await operations.databaseFacts(progress);
    const bill = await billOfMaterials();
    const paymentsStatus = await operations.status();
    const paymentsConfig = configuration.of(PaymentsConfig);
    const facts: Facts = {
      at: new Date().toISOString(),
      program: {
        version: versionOf(),
        node: process.versions.node,
        production: platform.isProduction,
      },
      operator: operatorName(),
      settings: {
        gateways: paymentsConfig.gateway.names,
        paymentFields: paymentsConfig.gateway.fields,
        gatewayScript: configuration.of(PortalConfig).gatewayScript,
        issuer: platform.AUTH_ISSUER ?? null,
        isolation: paymentsStatus.isolation,
      },
      application,
      payments,
      paymentsStatus,
      routes: await routeFacts(app),
      pages: await pageFacts(app),
      egressHosts: egressHosts(configuration, await operations.eventEndpointUrls()),
      audit: {
        ...(await operations.verifyAudit(progressLine('entries'))),
        ...(await operations.auditFacts()),
      },
      components: { count: bill.components, reason: bill.reason },
      records,
    };
    return { facts, bill: bill.text, sign: (text: string) => operations.sign(text) };
  } finally {
    await app.close();
    await stopEmbeddedServers();
  }
}

async function verify(folder: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
  const configuration = Configuration.take(operatedProgram().configurations, {
    LOG_LEVEL: 'warn',
    MIGRATE_ON_START: 'off',
    WORKERS: 'off',
  });
  const app = await createHttpApplication(
    operatedProgram().configure(configuration),
    configuration.of(PlatformConfig),
  );
  try {
    const operations = app.get(PaymentsOperations, { strict: false });
    const isSigned = operations.isSigned(SIGNED + JSON.stringify(manifest.files), manifest.signature);
    const changed = Object.entries(manifest.files)
      .filter(([name, hash]) => sha256(readFileSync(join(folder, name), 'utf8')) !== hash)
      .map(([name]) => name);
    console.log(
      JSON.stringify(
        { signature: isSigned === null ? 'of an unknown key' : isSigned ? 'right' : 'wrong', changed },
        null,
        2,
      ),
    );
    if (!isSigned || changed.length > 0) process.exitCode = EXIT_DIFFERENCES;
  } finally {
    await app.close();
    await stopEmbeddedServers();
  }
}

function versionOf(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
