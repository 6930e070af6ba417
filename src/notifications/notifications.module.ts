import { type DynamicModule, Module } from '@nestjs/common';
import { ErasedPayers } from './erased-payers.js';
import { InboxController } from './inbox.controller.js';
import { Mailer } from './mailer.js';
import { Notices } from './notices.service.js';
import { NotificationsConfig } from './notifications.config.js';
import { Notifications } from './notifications.contract.js';
import { Notifications1764100000002 } from './notifications.migration.js';
import { OldNotices } from './old-notices.js';
import { PaymentNotices } from './payment-notices.js';
import { Post } from './post.service.js';

/** Tells people, by mail. Knows payments and accounts only through their contracts. */
@Module({})
export class NotificationsModule {
  static readonly migrations = [Notifications1764100000002];

  /** `payments` and `accounts` are the modules that provide the contracts' `Payments` and `Contacts`. */
  static configure(
    config: NotificationsConfig,
    { payments, accounts }: { payments: DynamicModule; accounts: DynamicModule },
  ): DynamicModule {
    return {
      module: NotificationsModule,
      imports: [payments, accounts],
      controllers: [InboxController],
      providers: [
        { provide: NotificationsConfig, useValue: config },
        ...[Notices, Mailer, Post, PaymentNotices, ErasedPayers, OldNotices],
        { provide: Notifications, useExisting: Notices },
      ],
      exports: [Notifications],
    };
  }
}
