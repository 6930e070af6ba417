import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { Allow } from '../../platform/authentication/policy.js';
import { pageOf } from '../../platform/http/page.js';
import { RecordsAccess } from '../event/access-log.js';
import { AuditEntryPageDto, AuditEntryQuery } from './audit-entries.dto.js';
import { AuditEntries } from './audit-entries.service.js';
import { exported, type ExportFormat, MEDIA_TYPES } from './audit-export.js';

@Controller('v1')
@Allow('auditor')
export class AuditEntriesController {
  constructor(private readonly entries: AuditEntries) {}

  /** Who changed or saw what, the newest first. Reading it is recorded, too. */
  @Get('audit-entries')
  @RecordsAccess('audit_entry')
  async list(@Query() query: AuditEntryQuery): Promise<AuditEntryPageDto> {
    return pageOf(
      query,
      (page) => this.entries.list(query, page),
      (entry) => entry,
    );
  }

  /** All that match as a table, the oldest first; `limit` and `cursor` do not count. */
  @Get('audit-entries.csv')
  @RecordsAccess('audit_entry_export')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  csv(@Query() query: AuditEntryQuery): StreamableFile {
    return this.file(query, 'csv');
  }

  /** All that match as one JSON object a line, the oldest first; `limit` and `cursor` do not count. */
  @Get('audit-entries.jsonl')
  @RecordsAccess('audit_entry_export')
  @ApiProduces('application/jsonl')
  @ApiOkResponse({ schema: { type: 'string' } })
  jsonLines(@Query() query: AuditEntryQuery): StreamableFile {
    return this.file(query, 'jsonl');
  }

  private file(query: AuditEntryQuery, format: ExportFormat): StreamableFile {
    const lines = Readable.from(exported(this.entries.all(query), format));
    return new StreamableFile(lines, {
      type: MEDIA_TYPES[format],
      disposition: `attachment; filename="audit-entries.${format}"`,
    });
  }
}
