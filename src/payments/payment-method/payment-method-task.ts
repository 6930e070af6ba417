import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../database/payments-database.js';

export type TaskKind = 'detach' | 'expiry' | 'check';

/** Something to be done for a saved method at its time. */
@Entity('payment_method_task')
export class PaymentMethodTask {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') paymentMethodId: string;
  @Column('text') kind: TaskKind;
  @Column('text', { nullable: true }) gateway: string | null;
  /** The token to be detached; destroyed here once it is. */
  @Column('bytea', { nullable: true }) sealedToken: Buffer | null;
  @Column('text', { nullable: true }) providerCustomer: string | null;
  @Column('text', { nullable: true }) tokenDigest: string | null;
  /** Where the method moved to that left this token behind. */
  @Column('text', { nullable: true }) movedTo: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
}

/** Plans when the next step of its expiry is told of, in place of what was planned before; null: no step is left. */
export async function planExpiryNotice(
  tx: Transaction,
  method: { id: string },
  dueAt: Date | null,
): Promise<void> {
  if (!dueAt) return;
  await tx.query(
    `INSERT INTO payments.payment_method_task (id, payment_method_id, kind, due_at) VALUES ($1, $2, 'expiry', $3)
     ON CONFLICT (payment_method_id, kind) WHERE kind <> 'detach' DO UPDATE SET due_at = excluded.due_at`,
    [uuidv7(), method.id, dueAt],
  );
}

/** So long before a plan charges it, a method is looked at: time enough for its owner to add it again. */
const CHECK_DAYS_BEFORE = 3;

/** Before the next charge that lies ahead, of whatever uses the method. */
export async function planCheck(tx: Transaction, methodId: string, now: Date): Promise<void> {
  await tx.query(
    `INSERT INTO payments.payment_method_task (id, payment_method_id, kind, due_at)
     SELECT $1, $2, 'check', min(next_charge_on) - make_interval(days => $4)
       FROM payments.payment_method_use WHERE payment_method_id = $2 AND next_charge_on - make_interval(days => $4) > $3
     HAVING min(next_charge_on) IS NOT NULL
     ON CONFLICT (payment_method_id, kind) WHERE kind <> 'detach' DO UPDATE SET due_at = excluded.due_at`,
    [uuidv7(), methodId, now, CHECK_DAYS_BEFORE],
  );
}

/** Right after it was saved: what the gateway did to it before we knew of it was told to nobody here. */
export async function planFirstLook(tx: Transaction, methodId: string): Promise<void> {
  await tx.query(
    `INSERT INTO payments.payment_method_task (id, payment_method_id, kind, due_at)
     VALUES ($1, $2, 'check', clock_timestamp())
     ON CONFLICT (payment_method_id, kind) WHERE kind <> 'detach' DO UPDATE SET due_at = excluded.due_at`,
    [uuidv7(), methodId],
  );
}
