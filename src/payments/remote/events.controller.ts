import { isUtf8 } from 'node:buffer';
import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Webhook } from 'standardwebhooks';
import { Public } from '../../platform/authentication/policy.js';
import { RawBody } from '../../platform/http/raw-body.js';
import { PaymentsError, type PaymentsEvent } from '../payments.contract.js';
import { EventSecretsInUse } from './event-secrets.js';
import { EVENTS_ROUTE } from './link-routes.js';
import { RemoteListeners } from './remote-listeners.js';

/** One payment with its refund or dispute has 2 KB, and twenty may come together; as much as payments' own gateways may send them. */
const BODY_BYTES_MAX = 256 * 1024;
const VERSION = 1;

/** One event, or several under an id of their own. */
type Post = { version: unknown; id: string } & (PaymentsEvent | { events: PaymentsEvent[] });

/**
 * Where payments that run alone tell the application what happened. It is answered once every listener has applied the event,
 * each in a transaction with its id, so what payments call delivered is done here; whatever else they hear, they send it
 * again. They send the next event of a payment after that answer, so the order is kept, and an old one that comes again
 * finds its id there already. Of several in one post each is applied for itself; when one cannot be, each comes again alone.
 */
@Controller()
@ApiExcludeController()
export class EventsController {
  constructor(
    private readonly listeners: RemoteListeners,
    private readonly secrets: EventSecretsInUse,
  ) {}

  @Post(EVENTS_ROUTE)
  @Public() // as far as people's tokens go: payments' signature over the raw bytes is what counts
  @HttpCode(204)
  @RawBody(BODY_BYTES_MAX)
  async receive(
    @Body() rawBody: unknown,
    @Headers() headers: Record<string, string | undefined>,
  ): Promise<void> {
    const { version, ...post } = this.verified(rawBody, headers);
    if (version !== VERSION)
      throw new PaymentsError(
        'validation_failed',
        `Events of version ${VERSION} are known here. Update the application before payments.`,
      );
    await this.listeners.tell('events' in post ? post.events : [post]);
  }

  /** By any secret, as two are there while one is exchanged; not older than five minutes, nor of tomorrow. */
  private verified(rawBody: unknown, headers: Record<string, string | undefined>): Post {
    if (Buffer.isBuffer(rawBody) && isUtf8(rawBody))
      for (const secret of this.secrets.all()) {
        const post = verifiedBy(secret, rawBody, headers as Record<string, string>);
        if (post && post.id === headers['webhook-id']) return post;
      }
    throw new PaymentsError(
      'webhook_signature_invalid',
      'Only payments may call this: no secret of PAYMENTS_EVENTS_SECRETS signed this body within five minutes.',
    );
  }
}

function verifiedBy(secret: string, body: Buffer, headers: Record<string, string>): Post | null {
  try {
    return new Webhook(secret).verify(body, headers) as Post;
  } catch {
    return null;
  }
}
