import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Contacts } from './accounts.contract.js';
import { Accounts1763800000001 } from './accounts.migration.js';
import { ContactsController } from './contacts.controller.js';
import { Contacts1764100000000 } from './contacts.migration.js';
import { ContactBook } from './contacts.service.js';
import { DevelopmentTokensController } from './development-tokens.controller.js';
import { ErasedPayers } from './erased-payers.js';
import { People } from './people.service.js';
import { Person } from './person.entity.js';

/** Who a person is, which payer they are, and where mail for them goes. */
@Module({})
export class AccountsModule {
  static readonly migrations = [Accounts1763800000001, Contacts1764100000000];

  /** `payments` is the module that provides the contract's `Payments`. */
  static configure({ payments }: { payments: DynamicModule }): DynamicModule {
    return {
      module: AccountsModule,
      imports: [TypeOrmModule.forFeature([Person]), payments],
      controllers: [DevelopmentTokensController, ContactsController],
      providers: [People, ContactBook, ErasedPayers, { provide: Contacts, useExisting: ContactBook }],
      exports: [Contacts],
    };
  }
}
