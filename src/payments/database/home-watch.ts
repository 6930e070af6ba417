import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { PaymentsAddress } from './address.js';
import type { HomeAddress } from './home-address.js';
import { connected, type HomeMemory, placeOf, readResidence } from './residence.js';

/** A process that neither writes nor works would otherwise read from the old home. */
const LOOK_EVERY_MS = 1_000;
/** A server that has fallen silent must not keep it from looking at the next. */
const LOOK_MS_MAX = 5_000;

/** Follows the home of payments from database to database while the process runs. */
@Injectable()
export class HomeWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HomeWatch.name);
  #timer?: NodeJS.Timeout;
  #looking?: Promise<void>;

  constructor(
    private readonly home: HomeAddress,
    private readonly addresses: readonly PaymentsAddress[],
    private readonly memory?: HomeMemory,
  ) {}

  onApplicationBootstrap(): void {
    if (this.addresses.length < 2) return; // nowhere to go
    this.home.onMoving = () => void this.look();
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  private look(): Promise<void> {
    return (this.#looking ??= this.follow()
      .catch((error: Error) => this.logger.warn({ err: error }, 'the home of payments cannot be looked up'))
      .finally(() => (this.#looking = undefined)));
  }

  private async follow(): Promise<void> {
    const here = await this.residenceAt(this.home.url);
    if (here?.state === 'home' || here?.state === 'closing') return;
    for (const { url } of this.addresses) {
      if (url === this.home.url) continue;
      const there = await this.residenceAt(url);
      if (there?.state !== 'home') continue;
      this.home.moveTo(url);
      await this.memory?.remember({ residenceId: there.id, epoch: there.epoch, address: placeOf(url) });
      this.logger.log(
        { home: placeOf(url), epoch: there.epoch },
        'payments have moved; this process follows',
      );
      return;
    }
  }

  private residenceAt(url: string) {
    return connected(url, placeOf(url), (client) => readResidence(client), { query_timeout: LOOK_MS_MAX });
  }
}
