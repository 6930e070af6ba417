import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { loggableLine } from '../../platform/card-data/redaction.js';
import { isAllowedAddress } from './allowed-addresses.js';
import type { SignedEvent } from './signed-event.js';

/** For the whole of a call: whoever takes an event stores it and answers; work comes after. */
const CALL_TIMEOUT_MS = 10_000;
/** Enough to see what is wrong. */
const ANSWER_KEPT_CHARACTERS = 256;
/** Read and dropped, so that the connection can be used again; whoever answers more loses it. */
const ANSWER_BYTES_MAX = 16 * 1024;
/** A batch of deliveries at once, all to one receiver. */
const CONNECTIONS_MAX = 50;

/** How a receiver answered; `httpStatus` is null where it did not. */
export interface Sent {
  at: Date;
  httpStatus: number | null;
  problem: string | null;
  /** The first words of the answer, without card numbers. */
  answer: string | null;
  durationMs: number;
}

/** Another answer than 2xx is none: a redirect, too, for it would take what we signed to a place that nobody named. */
export function isTaken({ httpStatus }: Sent): boolean {
  return httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
}

/**
 * Posts events to addresses that others wrote down. The address is judged where the connection is made, after the name was
 * looked up, so that a name that changes its mind leads nowhere else.
 */
export class EventSender {
  readonly #agents: { http: HttpAgent; https: HttpsAgent };
  readonly #isAllowed: (address: string) => boolean;

  /** `privateRanges`: private addresses that are meant; `any`: one receiver, which configuration names. */
  constructor(privateRanges: readonly string[] | 'any') {
    this.#isAllowed = (address) => privateRanges === 'any' || isAllowedAddress(address, privateRanges);
    const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX, lookup: this.lookUp.bind(this) };
    this.#agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
  }

  async post(url: string, event: SignedEvent): Promise<Sent> {
    const at = new Date();
    const started = performance.now();
    const outcome = await this.call(new URL(url), event).catch((error: unknown) => ({
      httpStatus: null,
      problem: problemOf(error),
      answer: null,
    }));
    return { ...outcome, at, durationMs: Math.round(performance.now() - started) };
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  private call(url: URL, { headers, body }: SignedEvent): Promise<Omit<Sent, 'at' | 'durationMs'>> {
    const isHttps = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    return new Promise((resolve, reject) => {
      // An address needs no look-up, so it is judged here.
      if (isIP(host) !== 0 && !this.#isAllowed(host)) throw new AddressRefused(host);
      const request = (isHttps ? httpsRequest : httpRequest)(
        url,
        {
          method: 'POST',
          agent: isHttps ? this.#agents.https : this.#agents.http,
          headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'Tokenkeep' },
          signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        },
        (response) => {
          beginningOf(response).then((answer) => {
            resolve({ httpStatus: response.statusCode ?? null, problem: null, answer });
          }, reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  private lookUp(
    hostname: string,
    options: LookupOptions,
    done: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = addresses?.find(({ address }) => !this.#isAllowed(address));
      const [first] = addresses ?? [];
      if (error) done(error, []);
      else if (refused || !first) done(new AddressRefused(refused?.address ?? hostname), []);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  }
}

class AddressRefused extends Error {
  readonly code = 'address_refused';

  constructor(address: string) {
    super(`${address} is a private address, and EVENT_ENDPOINTS_PRIVATE_RANGES does not name it`);
  }
}

async function beginningOf(response: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) break; // which closes the connection
  }
  const text = loggableLine(Buffer.concat(chunks).toString('utf8'));
  // PostgreSQL takes no NUL, and nobody's terminal is to be driven.
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, ANSWER_KEPT_CHARACTERS) || null;
}

/** In one word where there is one: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `address_refused`. */
function problemOf(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: unknown; cause?: { name?: string } };
  if (name === 'AbortError' || name === 'TimeoutError' || cause?.name === 'TimeoutError') return 'timed_out';
  return typeof code === 'string' ? code : 'not_sent';
}
