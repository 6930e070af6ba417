import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { FreshSignIn } from '../../platform/authentication/step-up.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../../platform/http/page.js';
import { LargeJsonBody } from '../../platform/http/raw-body.js';
import { RecordsAccess } from '../event/access-log.js';
import { disputeView } from './dispute.entity.js';
import { DisputeDto, DisputePageDto, SendEvidenceDto } from './disputes.dto.js';
import { Disputes } from './disputes.service.js';

/** As much as the HTTP server takes at all: text, and files of together about 700 KB. */
const EVIDENCE_BYTES_MAX = 1024 * 1024;

@Controller('v1/disputes')
@Allow('finance')
@RecordsAccess('dispute')
export class DisputesController {
  constructor(private readonly disputes: Disputes) {}

  @Get()
  async list(@Query() query: PageQuery): Promise<DisputePageDto> {
    return pageOf(query, (page) => this.disputes.list(page), disputeView);
  }

  @Get(':id')
  async read(@Param('id', IdParameter) id: string): Promise<DisputeDto> {
    return disputeView(await this.disputes.find(id));
  }

  /** Hands our side to the payer's bank. Never put card data into it: the bank has it. */
  @Post(':id/evidence')
  @FreshSignIn()
  @HttpCode(201)
  @LargeJsonBody(EVIDENCE_BYTES_MAX)
  async sendEvidence(
    @Param('id', IdParameter) id: string,
    @Body() { text, files, submit }: SendEvidenceDto,
    @CurrentCaller() caller: Caller,
  ): Promise<DisputeDto> {
    const decoded = files.map(({ kind, contentType, contentBase64 }) => ({
      kind,
      contentType,
      content: Buffer.from(contentBase64, 'base64'),
    }));
    return disputeView(
      await this.disputes.sendEvidence(id, { text: { ...text }, files: decoded, submit }, caller.id),
    );
  }

  /** Gives the dispute up. It cannot be taken back. */
  @Post(':id/acceptances')
  @FreshSignIn()
  @HttpCode(201)
  async accept(@Param('id', IdParameter) id: string, @CurrentCaller() caller: Caller): Promise<DisputeDto> {
    return disputeView(await this.disputes.accept(id, caller.id));
  }
}
