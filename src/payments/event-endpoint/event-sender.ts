import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { loggableLine } from '../../platform/card-data/redaction.js';
import { followAuthorities } from '../../platform/configuration/followed-authorities.js';
import { isAllowedAddress } from './allowed-addresses.js';
import { secondsOf } from './retry-after.js';
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
  /** How long it asked to be left alone, by `Retry-After`; null where it did not. */
  retryAfterSeconds: number | null;
}

/** Another answer than 2xx is none: a redirect, too, for it would take what we signed to a place that nobody named. */
export function isTaken({ httpStatus }: Sent): boolean {
  return httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
}

/** How a try ended, for counting. */
export function outcomeOf(sent: Sent): 'taken' | 'refused' | 'unanswered' {
  if (isTaken(sent)) return 'taken';
  return sent.httpStatus === null ? 'unanswered' : 'refused';
}

/** The one receiver that configuration names: it may have any address, and a certificate that only this file vouches for. */
export interface KnownReceiver {
  caFile?: string;
}

/**
 * Posts events to addresses that others wrote down. The address is judged where the connection is made, after the name was
 * looked up, so that a name that changes its mind leads nowhere else.
 */
export class EventSender {
  readonly #agents: { http: HttpAgent; https: HttpsAgent };
  readonly #stopFollowing: () => void = () => undefined;
  readonly #isAllowed: (address: string) => boolean;

  /** Private addresses that are meant, or the one receiver. */
  constructor(to: { privateRanges: readonly string[] } | KnownReceiver) {
    this.#isAllowed = (address) => !('privateRanges' in to) || isAllowedAddress(address, to.privateRanges);
    const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX, lookup: this.lookUp.bind(this) };
    this.#agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
    if ('caFile' in to && to.caFile)
      this.#stopFollowing = followAuthorities(to.caFile, (ca) => {
        this.#agents.https = new HttpsAgent({ ...options, ca }); // what is under way ends as it began
      });
  }

  async post(url: string, event: SignedEvent): Promise<Sent> {
    const at = new Date();
    const started = performance.now();
    const outcome = await this.call(new URL(url), event).catch((error: unknown) => ({
      httpStatus: null,
      problem: problemOf(error),
      answer: null,
      retryAfterSeconds: null,
    }));
    return { ...outcome, at, durationMs: Math.round(performance.now() - started) };
  }

  close(): void {
    this.#stopFollowing();
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
            const { statusCode: httpStatus = null, headers } = response;
            const retryAfterSeconds = secondsOf(headers['retry-after']);
            resolve({ httpStatus, problem: null, answer, retryAfterSeconds });
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
