import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DatabaseRefused } from '../platform/postgres/open-data-source.js';
import { PaymentsDatabase } from './database/payments-database.js';
import { Gateways } from './gateway/gateways.js';

/** A gateway that works answers in a fraction of it; one that hangs must not hold a start, or a command, any longer. */
const ANSWER_MS = 3_000;

/**
 * Payments belong to one account at each gateway. Keys of another one, even of the same mode, would ask it about payments
 * that it has never seen, so they stop the start. Where a gateway does not say whose keys they are, or is down, the start
 * goes on: an outage there must not keep us from starting.
 */
@Injectable()
export class GatewayAccounts implements OnModuleInit {
  private readonly logger = new Logger(GatewayAccounts.name);

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
  ) {}

  async onModuleInit(): Promise<void> {
    await Promise.all(this.gateways.names.map((name) => this.compare(name)));
  }

  private async compare(gateway: string): Promise<void> {
    const answered = await this.accountAt(gateway);
    if (!answered) return;
    const { id: account, setting } = answered;
    const known = await this.remembered(gateway);
    if (known === undefined)
      await this.database.query('SELECT payments.remember_gateway_account($1, $2)', [gateway, account]);
    else if (known !== account)
      throw new DatabaseRefused(
        `${setting}: these are payments of the account ${known} at ${gateway}, and what is set here is of ${account}. ` +
          'Use that account, or an empty database for this one.',
      );
  }

  private async remembered(gateway: string): Promise<string | undefined> {
    const [row] = await this.database.query<[{ account: string | null }?]>(
      'SELECT gateway_accounts ->> $1 AS account FROM payments.residence',
      [gateway],
    );
    return row?.account ?? undefined;
  }

  private async accountAt(gateway: string): Promise<{ id: string; setting: string } | null> {
    const asked = this.gateways.of(gateway).readAccount();
    const reason = await Promise.race([
      asked.then(
        () => null,
        (error: Error) => error.message,
      ),
      sleep(ANSWER_MS, `no answer within ${ANSWER_MS} ms`, { ref: false }),
    ]);
    if (reason === null) return asked;
    this.logger.warn({ gateway, reason }, 'whose account it is was not compared with the payments here');
    return null;
  }
}
