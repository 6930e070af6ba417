import type { FactoryProvider, Provider } from '@nestjs/common';
import { PlatformConfig } from '../platform/platform.config.js';
import { PAYMENTS_DATA_SOURCE } from './database/data-source.token.js';
import { HomeWatch } from './database/home-watch.js';
import type { AskApplication } from './database/isolation.js';
import { IsolationWatch } from './database/isolation-watch.js';
import type { HomeMemory } from './database/residence.js';
import { PaymentsConfig } from './payments.config.js';
import { type HomePurpose, type OpenHome, openPaymentsHome } from './payments.data-source.js';

/** How the program around payments gives them what it knows of their home: by factories, which Nest calls. */
export interface AroundHome {
  /** Opens the memory of the home; without one, as where payments run alone, the database's own word is taken. */
  memory?: Pick<FactoryProvider<HomeMemory | undefined>, 'inject' | 'useFactory'>;
  /** Asks the application's database how it stands to ours; without one, payments run alone. */
  application?: Pick<FactoryProvider<AskApplication | undefined>, 'inject' | 'useFactory'>;
  purpose?: HomePurpose;
}

const HOME_MEMORY = Symbol('memory of the home');
const ASK_APPLICATION = Symbol('standing of the application');
const OPEN_HOME = Symbol('open home');
const NOBODY = { useFactory: () => undefined };

/** The database where payments are, who follows it, and who measures how far it is from the rest. */
export function homeProviders({
  memory = NOBODY,
  application = NOBODY,
  purpose = 'use',
}: AroundHome): Provider[] {
  return [
    { ...memory, provide: HOME_MEMORY },
    { ...application, provide: ASK_APPLICATION },
    {
      provide: OPEN_HOME,
      inject: [PlatformConfig, PaymentsConfig, HOME_MEMORY, ASK_APPLICATION],
      useFactory: (
        platform: PlatformConfig,
        payments: PaymentsConfig,
        remembered?: HomeMemory,
        askApplication?: AskApplication,
      ) => openPaymentsHome(platform, payments, { memory: remembered, askApplication, purpose }),
    },
    { provide: PAYMENTS_DATA_SOURCE, inject: [OPEN_HOME], useFactory: (home: OpenHome) => home.dataSource },
    {
      provide: HomeWatch,
      inject: [OPEN_HOME, HOME_MEMORY],
      useFactory: (home: OpenHome, remembered?: HomeMemory) =>
        new HomeWatch(home.address, home.addresses, remembered),
    },
    { provide: IsolationWatch, inject: [OPEN_HOME], useFactory: (home: OpenHome) => home.isolation },
  ];
}
