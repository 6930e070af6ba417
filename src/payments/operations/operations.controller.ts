import { Controller, Get, Query } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { RecordsAccess } from '../event/access-log.js';
import { Attention } from './attention.service.js';
import { AttentionListDto, OperationsSummaryDto, SummaryQuery } from './operations.dto.js';
import { OperationsSummary } from './summary.service.js';

/** What the operators' page shows: docs/operations/operators-page.md. */
@Controller('v1/operations')
@Allow('ops', 'finance')
export class OperationsController {
  constructor(
    private readonly summary: OperationsSummary,
    private readonly attention: Attention,
  ) {}

  /** How payments stand, in numbers only: it names nobody's payment, so looking leaves no audit entry. */
  @Get('summary')
  async read(
    @Query() { window }: SummaryQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<OperationsSummaryDto> {
    const withMoney = caller.roles.includes('finance');
    const { at, since, until, payments, gateways, ...rest } = await this.summary.read(window, { withMoney });
    return {
      at: at.toISOString(),
      since: since.toISOString(),
      until: until.toISOString(),
      payments: {
        ...payments,
        buckets: payments.buckets.map(({ from, ...counts }) => ({ from: from.toISOString(), ...counts })),
      },
      gateways: gateways.map((it) => ({
        ...it,
        lastAnswerAt: it.lastAnswerAt?.toISOString() ?? null,
        lastFailureAt: it.lastFailureAt?.toISOString() ?? null,
      })),
      ...rest,
    };
  }

  /** What needs a person's eyes, why, and the command that deals with it. */
  @Get('attention')
  @RecordsAccess('attention')
  async list(): Promise<AttentionListDto> {
    const rows = await this.attention.list();
    return {
      data: rows.map((row) => ({
        ...row,
        since: row.since.toISOString(),
        dueBy: row.dueBy?.toISOString() ?? null,
      })),
      nextCursor: null,
    };
  }
}
