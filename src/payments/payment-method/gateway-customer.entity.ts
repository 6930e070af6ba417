import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The gateway's record of a payer. Stored before it exists there, so that a crash in between makes no second one. */
@Entity('gateway_customer')
export class GatewayCustomer {
  @PrimaryColumn('uuid') id: string;
  @Column('text') payerId: string;
  @Column('text') gateway: string;
  @Column('text', { nullable: true }) providerCustomer: string | null;
}
