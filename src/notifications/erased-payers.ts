import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Payments } from '../payments/payments.contract.js';

/** What was told to a payer who is erased goes; nothing of it is a record of money. */
@Injectable()
export class ErasedPayers implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
  ) {}

  onModuleInit(): void {
    this.payments.subscribe('notifications: erasure', async (event) => {
      if (event.type === 'payer.erased') await this.forget(event.payerId);
    });
  }

  private async forget(payerId: string): Promise<void> {
    await this.dataSource.query(
      `WITH gone AS (DELETE FROM app.notice WHERE payer_id = $1 RETURNING id)
       DELETE FROM app.development_mail WHERE id IN (SELECT id FROM gone)`,
      [payerId],
    );
  }
}
