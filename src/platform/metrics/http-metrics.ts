import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Metrics } from './metrics.js';

/** Counts and times every request by its route pattern, never by its address: addresses hold ids. */
export function countRequests(app: NestFastifyApplication): void {
  const duration = app
    .get(Metrics)
    .duration('http_request_duration_seconds', 'Time to answer a request', ['method', 'route', 'status']);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'unknown';
      duration.observe(
        { method: request.method, route, status: String(reply.statusCode) },
        reply.elapsedTime / 1000,
      );
      done();
    });
}
