import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

@Entity()
export class PaymentMethod {
  @PrimaryGeneratedColumn('uuid') id: string;
  @Column() payerId: string;
  @Column() customer: string;
  @Column() token: string;
}

@Entity()
export class Payment {
  @PrimaryGeneratedColumn('uuid') id: string;
  @Index() @Column() payerId: string;
  @Column() paymentMethodId: string;
  @Column() obligation: string;
  @Column('integer') amountMinor: number;
  @Column() currency: string;
  @Column() status: string;
  @Index({ unique: true }) @Column() idempotencyKey: string;
  @Index() @Column({ type: 'varchar', nullable: true }) intentId: string | null;
  @CreateDateColumn() createdAt: Date;
}

@Entity()
export class WebhookEvent {
  @PrimaryGeneratedColumn('uuid') id: string;
  @Index({ unique: true }) @Column() eventId: string;
  @Column() type: string;
  @Column('jsonb') payload: object;
  @CreateDateColumn() receivedAt: Date;
}
