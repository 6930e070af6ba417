import { BadRequestException, Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource } from 'typeorm';
import { Payment, WebhookEvent } from './entities.js';
import { stripe } from './stripe.js';

@Injectable()
export class WebhooksService {
  constructor(private readonly dataSource: DataSource) {}

  async receive(rawBody: Buffer, signature: string): Promise<void> {
    const event = this.verified(rawBody, signature);
    await this.dataSource.transaction(async (manager) => {
      const events = manager.getRepository(WebhookEvent);
      if (await events.findOneBy({ eventId: event.id })) return;
      await events.save(events.create({ eventId: event.id, type: event.type, payload: event }));

      const intent = event.data.object as Stripe.PaymentIntent;
      const payment = await manager.findOneBy(Payment, { intentId: intent.id });
      if (!payment) return;
      payment.status = intent.status;
      await manager.save(payment);
    });
  }

  private verified(rawBody: Buffer, signature: string): Stripe.Event {
    try {
      return stripe.webhooks.constructEvent(rawBody, signature, process.env['WEBHOOK_SECRET']!);
    } catch {
      throw new BadRequestException('Invalid signature');
    }
  }
}
