import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Payments } from '../payments/payments.contract.js';

/** Who a payer was, and where mail for them went, is forgotten with them. */
@Injectable()
export class ErasedPayers implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
  ) {}

  onModuleInit(): void {
    this.payments.subscribe('accounts', async (event) => {
      if (event.type === 'payer.erased') await this.forget(event.payerId);
    });
  }

  private async forget(payerId: string): Promise<void> {
    await this.dataSource.query(`DELETE FROM app.contact WHERE payer_id = $1`, [payerId]);
    await this.dataSource.query(`DELETE FROM app.person WHERE payer_id = $1`, [payerId]);
  }
}
