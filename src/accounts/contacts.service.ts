import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Contact, Contacts } from './accounts.contract.js';

/** Where mail for payers goes, as the school's own systems say. */
@Injectable()
export class ContactBook implements Contacts {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async of(payerId: string): Promise<Contact | null> {
    const [contact] = await this.dataSource.query<Contact[]>(
      `SELECT name, email FROM app.contact WHERE payer_id = $1`,
      [payerId],
    );
    return contact ?? null;
  }

  async keep(payerId: string, { name, email }: Contact): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO app.contact (payer_id, name, email) VALUES ($1, $2, $3)
       ON CONFLICT (payer_id) DO UPDATE SET name = $2, email = $3, updated_at = clock_timestamp()`,
      [payerId, name, email],
    );
  }
}
