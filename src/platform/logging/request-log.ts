import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PinoLogger } from 'nestjs-pino';
import { loggablePath } from '../card-data/card-data-guard.js';
import { currentOrigin } from '../http/request-origin.js';

/** What every line says that is logged while a request is served. */
export function requestBeingServed(): { requestId?: string } {
  const { requestId } = currentOrigin();
  return requestId ? { requestId } : {};
}

/** One line for each request, once it is answered. */
export function logRequests(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onResponse', (request, reply, done) => {
    if (!isProbe(request.url)) {
      const line = {
        requestId: request.id,
        method: request.method,
        path: loggablePath(request.url),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      };
      if (reply.statusCode < 500) PinoLogger.root.info(line, 'request completed');
      else PinoLogger.root.error(line, 'request failed');
    }
    done();
  });
}

/** Probes come every few seconds and say nothing. */
function isProbe(url: string): boolean {
  return /^\/(health|metrics)\b/.test(url);
}
