import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import { followFiles } from '../../platform/configuration/followed-files.js';
import type { PaymentsLinkConfig } from '../payments.link.config.js';

/** A neighbour in the same network answers in milliseconds; one that does not in this time is away. */
const CONNECT_TIMEOUT_MS = 2_000;
/** More than an instance ever has under way at once; a flood waits here instead of at payments. */
const CONNECTIONS_MAX = 128;
/** Shorter than payments keep an idle connection (65 s), so that we close first and no request is lost. */
const KEEP_ALIVE_MS = 30_000;

type RequestOptions = Omit<Dispatcher.RequestOptions, 'origin'>;
type Answer = (error: Error | null, answer: Dispatcher.ResponseData) => void;

/** Kept-alive connections to payments, proved by certificates where those are configured. */
export class LinkConnection {
  readonly #files: readonly string[];
  readonly #stopFollowing: () => void;
  #pool: Pool;

  constructor(private readonly config: PaymentsLinkConfig) {
    const { PAYMENTS_LINK_CERT_FILE, PAYMENTS_LINK_CERT_KEY_FILE, PAYMENTS_LINK_CA_FILE } = config;
    const files = [PAYMENTS_LINK_CERT_FILE, PAYMENTS_LINK_CERT_KEY_FILE, PAYMENTS_LINK_CA_FILE];
    this.#files = files.filter((file) => file !== undefined);
    this.#pool = this.open();
    this.#stopFollowing =
      this.#files.length > 0
        ? followFiles('certificate of the link', this.#files, () => this.renew())
        : () => undefined;
  }

  request(options: RequestOptions): Promise<Dispatcher.ResponseData>;
  request(options: RequestOptions, answer: Answer): void;
  request(options: RequestOptions, answer?: Answer): Promise<Dispatcher.ResponseData> | void {
    return answer ? this.#pool.request(options, answer) : this.#pool.request(options);
  }

  async close(): Promise<void> {
    this.#stopFollowing();
    await this.#pool.close();
  }

  /** From here on new connections; what is under way ends on the old ones. */
  private renew(): void {
    const before = this.#pool;
    this.#pool = this.open();
    void before.close();
  }

  private open(): Pool {
    const { PAYMENTS_URL, PAYMENTS_LINK_CERT_FILE, PAYMENTS_LINK_CERT_KEY_FILE, PAYMENTS_LINK_CA_FILE } =
      this.config;
    const read = (file: string | undefined) => file && readFileSync(file, 'utf8');
    const certificates = {
      cert: read(PAYMENTS_LINK_CERT_FILE),
      key: read(PAYMENTS_LINK_CERT_KEY_FILE),
      ca: read(PAYMENTS_LINK_CA_FILE),
    };
    createSecureContext(certificates); // of two files, one is always written first: a pair that does not fit is refused here
    return new Pool(PAYMENTS_URL!, {
      connections: CONNECTIONS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        ...certificates,
        minVersion: 'TLSv1.2',
      },
    });
  }
}
