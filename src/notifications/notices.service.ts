import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { BusinessClock } from '../platform/clock/business-clock.js';
import type { Notice } from './notice.js';
import type { MoneyNotice, Notifications } from './notifications.contract.js';

/** Writes down what is to be told; the post takes it from there once it is committed. */
@Injectable()
export class Notices implements Notifications {
  constructor(private readonly clock: BusinessClock) {}

  async tell(tx: EntityManager, { key, payerId, kind, ...facts }: MoneyNotice): Promise<void> {
    await this.write(tx, { key, payerId, kind, facts });
  }

  async write(tx: EntityManager, { key, payerId, kind, facts }: Notice): Promise<void> {
    await tx.query(
      `INSERT INTO app.notice (id, key, payer_id, kind, facts, created_at, ready_at)
       VALUES ($1, $2, $3, $4, $5, $6, '-infinity') ON CONFLICT (key) DO NOTHING`,
      [uuidv7(), key, payerId, kind, JSON.stringify(facts), this.clock.now()],
    );
  }
}
