import { Body, Controller, Get, Header, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Public } from '../../platform/authentication/policy.js';
import { RawBody } from '../../platform/http/raw-body.js';
import { PaymentsError } from '../payments.contract.js';
import { Inbox } from './inbox.service.js';

/** Gateways' events are a few KB; Stripe states no limit, the largest seen are below this. */
const BODY_BYTES_MAX = 256 * 1024;

@Controller('v1/webhooks')
export class WebhooksController {
  constructor(private readonly inbox: Inbox) {}

  /** For gateways: 200 once the event is durable. Authenticated by the gateway's signature over the raw bytes. */
  @Post(':gateway')
  @Public()
  @HttpCode(200)
  @RawBody(BODY_BYTES_MAX)
  async receive(
    @Param('gateway') gateway: string,
    @Body() rawBody: unknown,
    @Headers() headers: Record<string, string | undefined>,
  ): Promise<{ received: true }> {
    if (!Buffer.isBuffer(rawBody))
      throw new PaymentsError(
        'webhook_signature_invalid',
        'Send the event as application/json, or as a form.',
      );
    await this.inbox.receive(gateway, rawBody, headers);
    return { received: true };
  }

  /** For gateways that ask whether the address is ours before they send anything to it. */
  @Get(':gateway')
  @Public()
  @Header('content-type', 'text/plain; charset=utf-8')
  challenge(@Param('gateway') gateway: string, @Query() query: Record<string, string | undefined>): string {
    return this.inbox.answerChallenge(gateway, query);
  }
}
