import { Logger } from '@nestjs/common';
import type { HomeAddress } from './home-address.js';
import { type AskApplication, assertIsolated, measureIsolation } from './isolation.js';
import { type Isolation, nameOf } from './isolation-level.js';

/** How far payment data is from the rest, as it was measured at the start, and again where the home has moved since. */
export class IsolationWatch {
  private readonly logger = new Logger(IsolationWatch.name);
  #measured: { url: string; isolation: Isolation } | undefined;

  constructor(
    private readonly home: HomeAddress,
    private readonly minimum: string,
    private readonly application: AskApplication | undefined,
  ) {}

  /** @throws DatabaseRefused when it is less than configuration demands */
  async look(): Promise<void> {
    const { because } = await this.measure();
    assertIsolated(this.#measured!.isolation, this.minimum);
    this.logger.log(
      { isolation: await this.level(), because },
      'how far payment data is from the rest, as measured',
    );
  }

  /** `schema`, `role`, `database` or `cluster`; with `+process` where payments run alone. */
  async level(): Promise<string> {
    return nameOf(await this.measure());
  }

  private async measure(): Promise<Isolation> {
    const { url } = this.home;
    if (this.#measured?.url !== url)
      this.#measured = {
        url,
        isolation: await measureIsolation(url, 'PAYMENTS_DATABASE_URL', this.application),
      };
    return this.#measured.isolation;
  }
}
