import { type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { parseJson } from './json-body.js';

/** Most bytes of an ordinary JSON request: the largest legal one is under 4 KB. */
export const JSON_BYTES_MAX = 64 * 1024;

interface BodyRoute {
  rawBodyBytesMax?: number;
  jsonBytesMax?: number;
  isForServers?: true;
  helmet?: { skipRoute: boolean };
}

/** Whoever signs bytes is a server: headers that only browsers heed would cost it a tenth of the time. */
const NO_BROWSER = { helmet: { skipRoute: true } };

/** The route gets the body as the bytes that arrived, unparsed: a signature is over bytes, not over JSON. */
export function RawBody(bytesMax: number): MethodDecorator {
  return RouteConfig({ rawBodyBytesMax: bytesMax, ...NO_BROWSER } satisfies BodyRoute);
}

/** Only servers that prove who they are call this route, and as often as they need to. */
export const ForServers = (): MethodDecorator =>
  RouteConfig({ isForServers: true, ...NO_BROWSER } satisfies BodyRoute);

/** The route takes larger JSON than others. */
export function LargeJsonBody(bytesMax: number): MethodDecorator {
  return RouteConfig({ jsonBytesMax: bytesMax } satisfies BodyRoute);
}

/** What is larger than its route takes is refused before it is held in memory: a thousand callers would be a gigabyte. */
export function limitBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (route) => {
    const { rawBodyBytesMax, jsonBytesMax } = (route.config ?? {}) as BodyRoute;
    route.bodyLimit = rawBodyBytesMax ?? jsonBytesMax ?? route.bodyLimit;
  });
}

interface RequestWithRoute {
  routeOptions: { config: object };
}

/** Whether the route takes the body as it arrived: then it comes from a gateway, and its signature is what counts. */
export function takesRawBody(request: RequestWithRoute): boolean {
  return (request.routeOptions.config as BodyRoute).rawBodyBytesMax !== undefined;
}

export function isForServers(request: RequestWithRoute): boolean {
  return (request.routeOptions.config as BodyRoute).isForServers === true;
}

/** Turns a body into JSON, or leaves it raw where the route asks for that. */
export function parseBody(request: RequestWithRoute, body: Buffer): unknown {
  if (takesRawBody(request)) return body;
  if (body.length === 0) return {};
  return parseJson(body.toString('utf8'));
}
