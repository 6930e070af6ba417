import type { AuditEntryDto } from './audit-entries.dto.js';

export type ExportFormat = 'csv' | 'jsonl';

export const MEDIA_TYPES: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
};

const COLUMNS = [
  ...[
    'position',
    'id',
    'occurredAt',
    'kind',
    'actor',
    'action',
    'targetType',
    'targetId',
    'outcome',
    'batch',
  ],
  ...['origin', 'details'],
] as const;

/** The lines of a file, each as soon as its entry is read. */
export async function* exported(
  entries: AsyncIterable<AuditEntryDto>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${COLUMNS.join(',')}\r\n`;
  for await (const entry of entries) yield format === 'csv' ? csvLine(entry) : `${JSON.stringify(entry)}\n`;
}

function csvLine(entry: AuditEntryDto): string {
  const cells = COLUMNS.map((name) => {
    const value = entry[name];
    return csvCell(typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));
  });
  return `${cells.join(',')}\r\n`; // RFC 4180
}

/** A spreadsheet runs what begins like a formula: an apostrophe keeps it text. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
