import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { destination } from 'pino';
import { loggableLine } from '../card-data/redaction.js';
import { PlatformConfig } from '../platform.config.js';
import { loggableError } from './loggable-error.js';
import { requestBeingServed } from './request-log.js';

/** Lines are written together, some twenty at a time; at the exit all that is left is written. */
const LINES_BYTES = 4096;
/** Nobody who reads along notices; a process that is killed loses no more than this. */
const LINES_WAIT_MS = 100;

/** JSON lines on stdout, with ids and the outcome, never a body, a header or a query; and no card number. */
export const loggingModule = (): DynamicModule =>
  LoggerModule.forRootAsync({
    inject: [PlatformConfig],
    useFactory: (config: PlatformConfig) => ({
      forRoutes: [], // requests are logged by `logRequests`: the library's middleware takes longer than some requests
      pinoHttp: [
        {
          level: config.LOG_LEVEL,
          hooks: { streamWrite: loggableLine },
          serializers: { err: loggableError },
          base: null,
          timestamp: () => `,"time":"${new Date().toISOString()}"`,
          formatters: { level: (label: string) => ({ level: label }) },
          mixin: requestBeingServed,
        },
        destination({ dest: 1, sync: false, minLength: LINES_BYTES, periodicFlush: LINES_WAIT_MS }),
      ],
    }),
  });
