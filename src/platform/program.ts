import type { INestApplicationContext } from '@nestjs/common';
import { ConfigurationError } from './configuration/configuration.js';
import { inspect } from 'node:util';
import { loggableLine } from './card-data/redaction.js';
import { stopEmbeddedServers } from './postgres/embedded-postgres.js';
import { DatabaseRefused } from './postgres/open-data-source.js';

/** What `sysexits.h` calls EX_CONFIG: a supervisor should not start it again unchanged. */
const EXIT_WRONG_CONFIGURATION = 78;
/** Longer than any request may take; then the process ends anyway, and recovery picks up what was open. */
const SHUTDOWN_TIMEOUT_MS = 30_000;

type Stop = () => Promise<void> | void;

/** Runs a long-lived program: refuses a wrong start in words, and on SIGTERM or Ctrl-C lets work finish and stops. */
export function runProgram(
  start: () => Promise<{ app: INestApplicationContext; companions?: Stop[] }>,
): void {
  keepSecretsOutOfCrashes();
  let stopping = false;
  const started = start();

  const stop = (exitCode: number) => {
    if (stopping) return; // a second Ctrl-C does not cut off the requests that the first one lets finish
    stopping = true;
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    void started
      .then(async ({ app, companions = [] }) => {
        await app.close();
        for (const companion of companions) await companion();
      })
      .catch(() => undefined) // reported below, where the start is awaited
      .then(stopEmbeddedServers)
      .finally(() => process.exit(exitCode));
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  started.catch((error: unknown) => {
    reportRefusal(error);
    stop(exitCodeOf(error));
  });
}

export function exitCodeOf(error: unknown): number {
  return error instanceof ConfigurationError ? EXIT_WRONG_CONFIGURATION : 1;
}

/** An expected refusal in its own words; anything else with its stack, as it is a bug. */
export function reportRefusal(error: unknown): void {
  const isExpected =
    error instanceof ConfigurationError || error instanceof DatabaseRefused || isAddressInUse(error);
  console.error(loggableLine(isExpected ? error.message : inspect(error)));
}

/** Node would write an error as it is, and its report the whole environment. */
function keepSecretsOutOfCrashes(): void {
  process.report.excludeEnv = true;
  process.on('uncaughtException', (error) => {
    console.error(loggableLine(inspect(error)));
    process.exit(1);
  });
}

function isAddressInUse(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
