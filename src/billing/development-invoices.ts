import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DEVELOPMENT_STUDENTS } from '../accounts/accounts.contract.js';
import { DevelopmentKey } from '../platform/authentication/development-key.js';
import { Invoices } from './invoices.service.js';

const SEED = { caller: 'development seed' };

/** Gives each development student something to pay; the idempotency key makes it once, whatever the number of starts. */
@Injectable()
export class DevelopmentInvoices implements OnApplicationBootstrap {
  constructor(
    private readonly invoices: Invoices,
    private readonly key: DevelopmentKey,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.key.isAllowed) return;
    for (const { payerId } of DEVELOPMENT_STUDENTS) {
      await this.invoices.create(
        {
          payerId,
          kind: 'tuition',
          description: 'Tuition, spring term 2027',
          amountMinor: 125_000,
          currency: 'USD',
          dueOn: '2027-01-31',
        },
        { ...SEED, idempotencyKey: `${payerId} tuition spring 2027` },
      );
      await this.invoices.create(
        {
          payerId,
          kind: 'fee',
          description: 'Laboratory fee',
          amountMinor: 7_550,
          currency: 'USD',
          dueOn: '2027-02-15',
        },
        { ...SEED, idempotencyKey: `${payerId} laboratory fee 2027` },
      );
    }
  }
}
