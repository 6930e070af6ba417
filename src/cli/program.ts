import type { DynamicModule } from '@nestjs/common';
import { AppModule } from '../app.module.js';
import type { AskApplication, HomePurpose } from '../payments/payments.module.js';
import { PaymentsProgram } from '../payments.program.js';
import { type Configuration, ConfigurationError } from '../platform/configuration/configuration.js';
import { takeEnvironment } from '../platform/configuration/environment.js';
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

/** What this environment is of: the whole, or one of the two programs where payments run apart. */
export function sideHere(): 'whole' | 'application' | 'payments' {
  if (process.argv[2] === ALONE) return 'payments';
  return takeEnvironment([]).environment['PAYMENTS_URL']?.trim() ? 'application' : 'whole';
}

/** Where payments run apart, they do their part on each side, or open no database. All others are about payments. */
const ON_EITHER_SIDE = new Set([
  ...['migrate', 'retention run', 'config check', 'db setup'],
  ...['keys new', 'keys new-link', 'audit new-key'],
]);

/** Before a command does anything. @throws ConfigurationError that says where to run it instead */
export function assertRunsHere(command: string): void {
  const side = sideHere();
  if (side !== 'whole' && command === 'evidence') throw new RunsElsewhere(EVIDENCE_OF_BOTH);
  if (side === 'application' && !ON_EITHER_SIDE.has(command))
    throw new RunsElsewhere(
      `Payments run apart from the application, as PAYMENTS_URL says: run this on their host, npm run cli:payments -- ${command}`,
    );
}

/** One program looks at all of it: each of the two could vouch for its own half only. */
const EVIDENCE_OF_BOTH =
  'The evidence is of both databases, and payments run apart: take it on a machine that reaches both, with the settings of both ' +
  'programs and without PAYMENTS_URL, npm run cli -- evidence';

/** The command belongs to another program, and so to another environment. */
class RunsElsewhere extends ConfigurationError {
  constructor(override readonly message: string) {
    super([]);
  }
}
