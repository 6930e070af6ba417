import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Accounts1763800000001 } from './accounts.migration.js';
import { DevelopmentTokensController } from './development-tokens.controller.js';
import { People } from './people.service.js';
import { Person } from './person.entity.js';

/** Who a person is, and which payer they are. */
@Module({
  imports: [TypeOrmModule.forFeature([Person])],
  controllers: [DevelopmentTokensController],
  providers: [People],
})
export class AccountsModule {
  static readonly migrations = [Accounts1763800000001];
}
