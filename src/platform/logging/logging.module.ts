import { type DynamicModule, RequestMethod } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { IncomingMessage } from 'node:http';
import { loggablePath } from '../card-data/card-data-guard.js';
import { loggableLine } from '../card-data/redaction.js';
import { PlatformConfig } from '../platform.config.js';

/** JSON lines on stdout: one line per request, with ids and the outcome, never a body, a header or a query; and no card number. */
export const loggingModule = (): DynamicModule =>
  LoggerModule.forRootAsync({
    inject: [PlatformConfig],
    useFactory: (config: PlatformConfig) => ({
      forRoutes: [{ path: '*path', method: RequestMethod.ALL }], // the library's own pattern matches no route of Fastify
      pinoHttp: {
        level: config.LOG_LEVEL,
        hooks: { streamWrite: loggableLine },
        base: null,
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (label: string) => ({ level: label }) },
        quietReqLogger: true,
        customAttributeKeys: { reqId: 'requestId', responseTime: 'durationMs' },
        serializers: {
          req: (request: { method: string; url: string }) => ({
            method: request.method,
            path: loggablePath(request.url),
          }),
          res: (response: { statusCode: number }) => ({ status: response.statusCode }),
        },
        genReqId: (request: IncomingMessage) => request.id ?? '',
        autoLogging: { ignore: isProbe },
      },
    }),
  });

/** Probes come every few seconds and say nothing; middleware sees the address without the part that it is mounted on. */
function isProbe(request: IncomingMessage & { originalUrl?: string }): boolean {
  return /^\/(health|metrics)\b/.test(request.originalUrl ?? request.url ?? '');
}
