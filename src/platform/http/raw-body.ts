import { RouteConfig } from '@nestjs/platform-fastify';
import { Problem } from '../problem/problem.js';
import { parseJson } from './json-body.js';

/** Most bytes of an ordinary JSON request: the largest legal one is under 4 KB. */
const JSON_BYTES_MAX = 64 * 1024;

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

/** The route takes larger JSON than others; at most what the HTTP server takes at all. */
export function LargeJsonBody(bytesMax: number): MethodDecorator {
  return RouteConfig({ jsonBytesMax: bytesMax } satisfies BodyRoute);
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
  const { rawBodyBytesMax, jsonBytesMax } = request.routeOptions.config as BodyRoute;
  if (body.length > (rawBodyBytesMax ?? jsonBytesMax ?? JSON_BYTES_MAX))
    throw new Problem('body_too_large', 'The request body is larger than this address accepts.');
  if (rawBodyBytesMax !== undefined) return body;
  if (body.length === 0) return {};
  return parseJson(body.toString('utf8'));
}
