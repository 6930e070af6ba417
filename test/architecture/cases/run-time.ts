import { inspect } from 'node:util';
import { Inject, Injectable, Module, type OnModuleInit, Optional, type Type } from '@nestjs/common';
import {
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  LazyModuleLoader,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Payments } from '../../../src/payments/payments.contract.js';

/** A module in the same process that keeps nothing to itself: whatever reaches payments must reach this one, too. */
@Injectable()
export class Careless {
  readonly key = 'a key that nobody hid';
}
const CARELESS = 'CARELESS';

/** Somebody in the process with everything that Nest hands to any module. */
@Injectable()
export class Neighbour implements OnModuleInit {
  constructor(
    readonly moduleRef: ModuleRef,
    readonly modules: ModulesContainer,
    readonly discovery: DiscoveryService,
    readonly loader: LazyModuleLoader,
    readonly http: HttpAdapterHost,
    @InjectDataSource() readonly dataSource: DataSource,
    @Optional() @Inject('PaymentsService') readonly byName?: unknown,
  ) {}

  readonly #atStart: unknown[] = [];

  /** Before the application is up, when Nest still needs its container. */
  onModuleInit(): void {
    this.#atStart.push(...this.discovery.getProviders().map((it) => it.instance as unknown));
  }

  seenAtStart(): unknown[] {
    return this.#atStart;
  }

  /** What every neighbour has: the door. */
  get payments(): Payments {
    return this.moduleRef.get(Payments, { strict: false });
  }

  /** Classes and tokens of payments, found where Nest lists them. */
  get tokens(): unknown[] {
    return [...this.paymentsModule.providers.keys()];
  }

  get paymentsModule() {
    return [...this.modules.values()].find(({ name }) => name === 'PaymentsModule')!;
  }
}

@Module({
  imports: [DiscoveryModule],
  providers: [Neighbour, Careless, { provide: CARELESS, useExisting: Careless }],
})
export class NeighbourModule {}

/** One way to get inside in a running application. It fails, or what it brings back holds nothing of payments. */
export interface RunTimeCase {
  way: string;
  look: (neighbour: Neighbour) => unknown;
  stoppedBy: string;
  /** The database answers, and shows nothing; otherwise it must refuse. */
  showsNothing?: true;
  /** It may make new instances, which hold nothing; then only secrets count. */
  makesNew?: true;
  /** The same look finds a module that does not hide, so the way is a real one. */
  findsTheCareless?: true;
}

const CONTAINER = 'payments leave the container once it is wired';
const SYMBOL = 'tokens are symbols and classes that nobody exported';
const DOOR = 'a frozen door without class or services';

/** What a look brings back, or the error that it ends with. */
export const attempt = async (look: () => unknown): Promise<unknown> => {
  try {
    return await look();
  } catch (error) {
    return error;
  }
};
export const all = (looks: (() => unknown)[]) => Promise.all(looks.map(attempt));

/** Every name that somebody might guess. */
const NAMES = [
  'Payments',
  'PAYMENTS',
  'PaymentsService',
  'PaymentsDatabase',
  'StripeGateway',
  'PaymentsConfig',
].concat([
  'PAYMENTS_DATA_SOURCE',
  'payments data source',
  'paymentsDataSource',
  'payments_DataSource',
  'PaymentRepository',
]);

export const container: RunTimeCase[] = [
  {
    way: 'ModuleRef.get by a string',
    look: ({ moduleRef }) =>
      all([CARELESS, ...NAMES].map((name) => () => moduleRef.get<unknown>(name, { strict: false }))),
    stoppedBy: SYMBOL,
    findsTheCareless: true,
  },
  {
    way: 'ModuleRef.get by a symbol of the same description, or the registered one',
    look: ({ moduleRef }) =>
      all(
        NAMES.flatMap((name) => [Symbol(name), Symbol.for(name)]).map(
          (token) => () => moduleRef.get<unknown>(token, { strict: false }),
        ),
      ),
    stoppedBy: SYMBOL,
  },
  {
    way: 'ModuleRef.resolve by a string',
    look: ({ moduleRef }) =>
      all(NAMES.map((name) => () => moduleRef.resolve<unknown>(name, undefined, { strict: false }))),
    stoppedBy: SYMBOL,
  },
  { way: '@Inject of a string token', look: ({ byName }) => byName, stoppedBy: SYMBOL },
  {
    way: 'ModuleRef.get by the very tokens, read from the container',
    look: ({ moduleRef, tokens }) =>
      all(
        [Careless, ...tokens].map(
          (token) => () => moduleRef.get<unknown>(token as symbol, { strict: false }),
        ),
      ),
    stoppedBy: CONTAINER,
    findsTheCareless: true,
  },
  {
    way: 'ModuleRef.create of each class of payments, so that Nest injects into it',
    look: ({ moduleRef, tokens }) =>
      all([...tokens].map((token) => () => moduleRef.create(token as Type<unknown>))),
    stoppedBy: CONTAINER,
    makesNew: true,
  },
  {
    way: 'DiscoveryService: the instance of every provider',
    look: ({ discovery }) => discovery.getProviders().map((it) => it.instance as unknown),
    stoppedBy: CONTAINER,
    findsTheCareless: true,
  },
  {
    way: 'DiscoveryService: the instance of every controller',
    look: ({ discovery }) => discovery.getControllers().map((it) => it.instance as unknown),
    stoppedBy: CONTAINER,
  },
  {
    way: 'ModulesContainer: every wrapper of every module',
    look: ({ modules }) =>
      [...modules.values()].flatMap((it) => [...it.providers.values(), ...it.controllers.values()]),
    stoppedBy: CONTAINER,
    findsTheCareless: true,
  },
  {
    way: "the wrapper of a neighbour's service, and from there what was injected into it",
    look: ({ modules }) =>
      [...modules.values()].flatMap((it) =>
        [...it.providers.values()].flatMap((wrapper) =>
          (wrapper.getCtorMetadata() ?? []).flatMap((given) => [given, given?.host?.providers]),
        ),
      ),
    stoppedBy: CONTAINER,
  },
  {
    way: 'the imports of a neighbour, and from there the module of payments',
    look: ({ modules }) =>
      [...modules.values()].flatMap((it) =>
        [...it.imports].map(({ instance, providers }) => [instance, providers]),
      ),
    stoppedBy: CONTAINER,
  },
  {
    way: 'what the module of payments was made of: its dynamic metadata',
    look: ({ moduleRef, paymentsModule }) => {
      const { container: nest } = moduleRef as unknown as {
        container: { getDynamicMetadataByToken(token: string): { providers: Factory[] } };
      };
      const { providers } = nest.getDynamicMetadataByToken(paymentsModule.token);
      return all(
        providers.map(
          ({ useValue, useFactory }) =>
            () =>
              useValue ?? useFactory?.(),
        ),
      );
    },
    stoppedBy: CONTAINER,
  },
  {
    way: 'LazyModuleLoader: the module of payments, loaded once more',
    look: async ({ loader, paymentsModule }) => {
      const again = await loader.load(() => paymentsModule.metatype);
      return all(NAMES.map((name) => () => again.get<unknown>(name)));
    },
    stoppedBy: CONTAINER,
  },
  {
    way: 'LazyModuleLoader: a module that imports payments and injects each of their tokens',
    look: ({ loader, paymentsModule, tokens }) =>
      all(
        tokens.map((token) => async () => {
          class Lazy {}
          Module({
            imports: [paymentsModule.metatype],
            providers: [{ provide: 'TAKEN', inject: [token as symbol], useFactory: (it: unknown) => it }],
          })(Lazy);
          return (await loader.load(() => Lazy)).get<unknown>('TAKEN');
        }),
      ),
    stoppedBy: CONTAINER,
  },
  {
    way: 'the fields of the module of payments itself',
    look: ({ paymentsModule }) => [
      paymentsModule.instance,
      inspect(paymentsModule.instance, { showHidden: true, depth: 9 }),
    ],
    stoppedBy: '`#private` fields',
  },
  {
    way: 'the routes of the HTTP server, and what hangs on them',
    look: ({ http }) => {
      const server = http.httpAdapter.getInstance<{ printRoutes(): string }>();
      return [server, server.printRoutes()];
    },
    stoppedBy: 'handlers are closures',
  },
];

interface Factory {
  useValue?: unknown;
  useFactory?: () => unknown;
}

export const door: RunTimeCase[] = [
  { way: 'the values of the door', look: ({ payments }) => Object.values(payments), stoppedBy: DOOR },
  {
    way: 'every own key of the door, symbols too',
    look: ({ payments }) => Reflect.ownKeys(payments).map((key) => Reflect.get(payments, key) as unknown),
    stoppedBy: DOOR,
  },
  {
    way: 'util.inspect of the door, all that is hidden shown',
    look: ({ payments }) => inspect(payments, { showHidden: true, depth: 9, getters: true, showProxy: true }),
    stoppedBy: DOOR,
  },
  {
    way: 'its constructor, and the metadata of what that was given',
    look: ({ payments }) => [payments.constructor, Object.getPrototypeOf(payments) as unknown],
    stoppedBy: DOOR,
  },
  {
    way: 'a method of ours in place of charge, to listen',
    look: ({ payments }) => {
      payments.charge = () => Promise.reject(new Error('listened'));
      return 'replaced';
    },
    stoppedBy: DOOR,
  },
  {
    way: 'a prototype put below the door',
    look: ({ payments }) => Object.setPrototypeOf(payments, { charge: () => 'listened' }) as unknown,
    stoppedBy: DOOR,
  },
  {
    way: 'a property defined on a method of the door',
    look: ({ payments }) =>
      Object.defineProperty(Reflect.get(payments, 'charge'), 'call', { value: () => 'listened' }),
    stoppedBy: DOOR,
  },
  {
    way: 'a method called on another this, to see what it wants there',
    look: async ({ payments }) => {
      const wanted: PropertyKey[] = [];
      const spy = new Proxy({}, { get: (_, key) => void wanted.push(key) });
      const read = Reflect.get(payments, 'read') as (id: string) => Promise<unknown>;
      await attempt(() => Reflect.apply(read, spy, ['00000000-0000-7000-8000-000000000000']));
      if (wanted.length > 0) throw new Error('The door uses its this');
    },
    stoppedBy: DOOR,
  },
  {
    way: "events heard under another listener's name",
    look: ({ payments }) => payments.subscribe('billing', () => Promise.resolve()),
    stoppedBy: 'one listener to a name',
  },
];

/** What is left in the same process, and to what. Tried, too, and found open, so that nobody trusts it further. */
export const containerGaps: (Pick<RunTimeCase, 'way' | 'look'> & { leftTo: string })[] = [
  {
    way: 'DiscoveryService while the application starts, from a constructor or onModuleInit',
    look: (neighbour) => neighbour.seenAtStart(),
    leftTo: "lint, which refuses neighbours Nest's containers; review; a process of its own",
  },
];
