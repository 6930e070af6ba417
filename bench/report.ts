import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { format, resolveConfig } from 'prettier';
import type { Options } from './options.js';
import type { Results, Row } from './results.js';
import { targets } from './targets.js';

/** The report, as the page in docs/reference and as what the command prints. */
export async function report(results: Results, options: Options, postgresVersion: string): Promise<string> {
  const lines = [
    '# Bench',
    '',
    `Written by \`${options.command}\` on ${new Date().toISOString().slice(0, 10)}. ${machine()}, PostgreSQL ${postgresVersion} with fsync on,`,
    `Node ${process.version.slice(1)}, NestJS ${versionOf('@nestjs/core')}, TypeORM ${versionOf('typeorm')}, pg ${versionOf('pg')}, stripe ${versionOf('stripe')}.`,
    '',
    INTRODUCTION,
    '',
    '## What was to be reached',
    '',
    ...targetTable(results),
    '',
    '## What was measured',
    '',
    ...table(results),
    '',
    ...results.notes.map((note) => `- ${note}`),
    '',
  ];
  return format(lines.join('\n'), {
    ...(await resolveConfig('docs/reference/bench.md')),
    parser: 'markdown',
  });
}

const INTRODUCTION = `The sides take turns on one machine and one PostgreSQL, each with a database of its own; the load generator and a
gateway that costs nothing run beside them as processes of their own. **tokenkeep** is the whole program as it is started
everywhere: authentication, card-data guard, request log, metrics, audit and outbox included. **by-hand** is NestJS with
Express, TypeORM's \`repository.save\` and one transaction around all, the gateway call included, with one gateway call for
a charge and no authentication, log, audit or outbox. **floor** is plain Node and \`pg\` doing the least that keeps the promise.
**isolated** is tokenkeep with its payments on a second PostgreSQL. Each side has the heap that the image sets.
Throughput, latencies and CPU are medians of the rounds; CPU is in milliseconds for each request, background work included. A rate
counts what was answered while every connection was busy: with a slow gateway they begin spread over its time, as payers do.`;

function machine(): string {
  const [first] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${gigabytes} GB of memory`;
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string })
    .version;
}

function targetTable(results: Results): string[] {
  return [
    '| work | asked | measured | reached |',
    '| --- | --- | --- | --- |',
    ...targets(results).map(
      ({ work, asked, measured, reached }) =>
        `| ${work} | ${asked} | ${measured} | ${reached ? 'yes' : '**no**'} |`,
    ),
  ];
}

function table(results: Results): string[] {
  return [
    '| work | at once | side | per second | p50 ms | p95 ms | p99 ms | CPU app ms | CPU database ms | peak MB | of by-hand | of the floor |',
    '| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...results.rows.map((row) => `| ${cells(row, results).join(' | ')} |`),
  ];
}

function cells(row: Row, results: Results): string[] {
  const {
    key,
    work,
    concurrency,
    side,
    perSecond,
    p50,
    p95,
    p99,
    applicationCpuMs,
    databaseCpuMs,
    peakMemory,
  } = row;
  const ratio = (other: 'by-hand' | 'floor') =>
    results.ratio(key, concurrency, side, other)?.toFixed(2) ?? '';
  const times = [p50, p95, p99, applicationCpuMs, databaseCpuMs].map((ms) => ms.toFixed(2));
  return [
    ...[work, String(concurrency), side, perSecond.toFixed(0), ...times, peakMemory.toFixed(0)],
    ...[ratio('by-hand'), ratio('floor')],
  ];
}
