import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Module, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Person } from '../../src/accounts/person.entity.js';
import { BillingModule } from '../../src/billing/billing.module.js';
import { PAYMENTS_MIGRATIONS } from '../../src/payments/database/migrations.js';
import { PAYMENTS_ENTITIES } from '../../src/payments/payments.data-source.js';
import { PaymentRecord } from '../../src/payments/payment/payment.entity.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
});
afterAll(() => tokenkeep.stop());

/** What lint would refuse, and what somebody may still bring about: each is planted where the program takes it from. */
describe('the start is stopped by', () => {
  const planted: (() => void)[] = [];
  afterEach(() => planted.splice(0).forEach((remove) => remove()));

  function plant(list: unknown[], ...what: unknown[]): void {
    list.push(...what);
    planted.push(() => void list.splice(list.length - what.length, what.length));
  }

  it("a migration of payments in the application's DataSource", async () => {
    plant(BillingModule.migrations, PAYMENTS_MIGRATIONS[0]);

    expect(await refusal()).toMatch(
      /^the application's DataSource .*: the migration FirstTables1763800000000/,
    );
  });

  it("a neighbour's entity in payments' DataSource", async () => {
    plant(PAYMENTS_ENTITIES, Person);

    expect(await refusal()).toMatch(/^payments' DataSource has what is not theirs: the entity Person/);
  });

  it("a neighbour's migration in payments' DataSource", async () => {
    plant(PAYMENTS_MIGRATIONS, BillingModule.migrations[0]);

    expect(await refusal()).toMatch(/^payments' DataSource .*: the migration Billing\w+/);
  });

  // Last: Nest remembers features for ever.
  it("an entity of payments in the application's DataSource", async () => {
    @Module({ imports: [TypeOrmModule.forFeature([PaymentRecord])] })
    class Curious {}

    expect(await refusal(Curious)).toMatch(
      /^the application's DataSource has what is payments': the entity PaymentRecord .*ask payments by their contract/,
    );
  });
});

/** What a second start, beside one that works, says. */
function refusal(neighbour?: Type): Promise<string> {
  return startTokenkeep({ beside: tokenkeep, neighbour }).then(
    async (started) => {
      await started.stop();
      return 'it started';
    },
    (error: Error) => error.message,
  );
}
