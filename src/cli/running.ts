import type { INestApplicationContext } from '@nestjs/common';
import type { PaymentsOperations } from '../payments/payments.operations.js';

/** For schedulers: the command worked, and found something. */
export const EXIT_DIFFERENCES = 2;

/** What a command does, once the services of the program are there. */
export type OperatorsCommand = (
  operations: PaymentsOperations,
  app: INestApplicationContext,
) => Promise<void>;

/** Runs one command with those services, recorded in the audit log, and stops them after it. */
export type Run = (command: OperatorsCommand) => Promise<void>;

/** What a command does with whatever services there are: where payments run elsewhere, none of theirs. */
export type EitherSidesCommand = (app: INestApplicationContext) => Promise<void>;

/** The same; without payments there is no audit log to record it in. */
export type RunOnEitherSide = (command: EitherSidesCommand) => Promise<void>;
