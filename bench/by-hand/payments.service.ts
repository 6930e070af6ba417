import { Injectable, NotFoundException } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CreatePaymentDto } from './controllers.js';
import { Payment, PaymentMethod } from './entities.js';
import { stripe } from './stripe.js';

@Injectable()
export class PaymentsService {
  constructor(private readonly dataSource: DataSource) {}

  charge(dto: CreatePaymentDto, idempotencyKey: string): Promise<Payment> {
    return this.dataSource.transaction(async (manager) => {
      const payments = manager.getRepository(Payment);
      const existing = await payments.findOneBy({ idempotencyKey });
      if (existing) return existing;

      const method = await manager.findOneBy(PaymentMethod, {
        id: dto.paymentMethodId,
        payerId: dto.payerId,
      });
      if (!method) throw new NotFoundException('No such payment method');

      const payment = await payments.save(payments.create({ ...dto, idempotencyKey, status: 'pending' }));
      const intent = await stripe.paymentIntents.create(
        {
          amount: payment.amountMinor,
          currency: payment.currency.toLowerCase(),
          customer: method.customer,
          payment_method: method.token,
          off_session: true,
          confirm: true,
          metadata: { payment_id: payment.id },
        },
        { idempotencyKey },
      );
      payment.intentId = intent.id;
      payment.status = intent.status;
      return payments.save(payment);
    });
  }
}
