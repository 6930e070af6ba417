import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who a person is, and which payer they are. Payments know only the payer's id. */
@Entity('person')
export class Person {
  /** The subject of their tokens. */
  @PrimaryColumn('text') subject: string;
  @Column('text') payerId: string;
  @Column('text') name: string;
}
