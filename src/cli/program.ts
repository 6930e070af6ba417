import type { DynamicModule } from '@nestjs/common';
import { AppModule } from '../app.module.js';
import type { AskApplication, HomePurpose } from '../payments/payments.module.js';
import { PaymentsProgram } from '../payments.program.js';
import { type Configuration, ConfigurationError } from '../platform/configuration/configuration.js';
import type { ConfigurationClass } from '../platform/configuration/variable.js';

/** A program whose environment the commands read, and whose services they call. */
interface OperatedProgram {
  readonly configurations: readonly ConfigurationClass[];
  configure(configuration: Configuration, purpose?: HomePurpose): DynamicModule;
  /** How the application's database stands to another; payments alone cannot ask it. */
  askApplication?(configuration: Configuration): AskApplication;
}

/** Before the command's own name, in `npm run cli:payments`: the environment is that of payments alone. */
export const ALONE = '--alone';

export function operatedProgram(): OperatedProgram {
  return process.argv[2] === ALONE ? PaymentsProgram : AppModule;
}

/** The application has nothing of payments to show or to change. */
export class PaymentsElsewhere extends ConfigurationError {
  constructor() {
    super([
      {
        variable: 'PAYMENTS_URL',
        problem: 'says that payments run elsewhere; run this command there, as npm run cli:payments -- ...',
        example: 'https://payments.example.edu:3001',
      },
    ]);
  }
}
