import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DatabaseRefused } from '../platform/postgres/open-data-source.js';
import { PaymentsDatabase } from './database/payments-database.js';
import { Gateways } from './gateway/gateways.js';

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
    const account = await this.accountAt(gateway);
    if (account === null) return;
    const known = await this.remembered(gateway);
    if (known === undefined)
      await this.database.query('SELECT payments.remember_gateway_account($1, $2)', [gateway, account]);
    else if (known !== account)
      throw new DatabaseRefused(
        `${gateway.toUpperCase()}_SECRET_KEY: these are payments of the account ${known} at ${gateway}, and the key here is of ${account}. ` +
          'Use a key of that account, or an empty database for this one.',
      );
  }

  private async remembered(gateway: string): Promise<string | undefined> {
    const [row] = await this.database.query<[{ account: string | null }?]>(
      'SELECT gateway_accounts ->> $1 AS account FROM payments.residence',
      [gateway],
    );
    return row?.account ?? undefined;
  }

  private async accountAt(gateway: string): Promise<string | null> {
    try {
      return await this.gateways.of(gateway).readAccount();
    } catch (error) {
      this.logger.warn({ gateway, err: error }, 'whose key it is was not compared with the payments here');
      return null;
    }
  }
}
