import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import adyen from '@adyen/api-library';
import type { GatewayConfig } from '../gateway.config.js';
import type { GatewayRequest } from '../gateway.js';
import { AdyenRefusal, NoAnswer } from './adyen.errors.js';

type Transport = NonNullable<ConstructorParameters<typeof adyen.Client>[1]>;
type RequestOptions = Parameters<Transport['request']>[4] & { idempotencyKey?: string };

/** Adyen's own SDK over connections of ours: its own transport speaks https to Adyen only, and tells of no answer. */
export function adyenClient(config: GatewayConfig): {
  checkout: InstanceType<typeof adyen.CheckoutAPI>;
  disputes: InstanceType<typeof adyen.DisputesAPI>['DisputesApi'];
  transport: AdyenTransport;
} {
  const transport = new AdyenTransport(config);
  const isLive = config.adyen.ADYEN_ENVIRONMENT === 'live';
  const client = new adyen.Client(
    {
      apiKey: config.adyen.ADYEN_API_KEY,
      environment: isLive ? adyen.EnvironmentEnum.LIVE : adyen.EnvironmentEnum.TEST,
      liveEndpointUrlPrefix: config.adyen.ADYEN_LIVE_PREFIX,
      applicationName: 'Tokenkeep',
    },
    transport,
  );
  return {
    checkout: new adyen.CheckoutAPI(client),
    disputes: new adyen.DisputesAPI(client).DisputesApi,
    transport,
  };
}

/** They change nothing, or their refusal is followed by asking how it stands. */
const SAFE_WITHOUT_KEY = ['/retrieveApplicableDefenseReasons', '/payments/details'];

/** A dispute is answered with no key, so that only whoever asked can tell whether it may be sent again. */
function isSafeTwice(endpoint: string, { method = 'POST', idempotencyKey }: RequestOptions): boolean {
  if (method !== 'POST' || idempotencyKey) return true;
  return SAFE_WITHOUT_KEY.some((end) => new URL(endpoint).pathname.endsWith(end));
}

class AdyenTransport implements Transport {
  readonly #base: URL | null;
  readonly #connections: HttpAgent;
  #listener: (request: GatewayRequest) => void = () => undefined;

  constructor(private readonly config: GatewayConfig) {
    const address = config.addressOf('adyen');
    this.#base = address ? new URL(address) : null;
    const isSecure = this.#base?.protocol !== 'http:';
    this.#connections = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  onAnswer(listener: (request: GatewayRequest) => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#connections.destroy();
  }

  /** A call that got no answer is sent again where that is safe: what comes of it twice is what comes of it once. */
  async request(
    endpoint: string,
    json: string | Buffer,
    _config: unknown,
    _isApiKeyRequired: boolean,
    options: RequestOptions = {},
  ): Promise<string> {
    for (let left = this.config.GATEWAY_RETRIES; ; left--) {
      try {
        return await this.send(endpoint, json, options);
      } catch (error) {
        if (!(error instanceof NoAnswer) || left <= 0 || !isSafeTwice(endpoint, options)) throw error;
      }
    }
  }

  private send(endpoint: string, json: string | Buffer, options: RequestOptions): Promise<string> {
    const url = new URL(endpoint);
    if (this.#base) ({ protocol: url.protocol, host: url.host } = this.#base);
    for (const [name, value] of Object.entries(options.params ?? {}))
      url.searchParams.set(name, String(value));
    const method = options.method ?? 'POST';
    const headers: Record<string, string> = {
      'x-api-key': this.config.adyen.ADYEN_API_KEY,
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...(options.idempotencyKey && { 'idempotency-key': options.idempotencyKey }),
    };
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
    return new Promise((resolve, reject) => {
      const give = (error: Error): void => reject(new NoAnswer(error.message, { cause: error }));
      const request = send(url, { method, headers, agent: this.#connections }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', give);
        answer.on('end', () => {
          if (!answer.complete) return give(new Error('the answer broke off'));
          this.tell(answer, method, url);
          this.conclude(answer.statusCode ?? 0, Buffer.concat(chunks).toString(), resolve, reject);
        });
      });
      request.setTimeout(this.config.GATEWAY_TIMEOUT_MS, () => request.destroy(new Error('timed out')));
      request.on('error', give);
      request.end(method === 'POST' ? json : undefined);
    });
  }

  /** https://docs.adyen.com/development-resources/error-codes */
  private conclude(
    status: number,
    text: string,
    resolve: (text: string) => void,
    reject: (error: Error) => void,
  ): void {
    if (status >= 200 && status < 300) return resolve(text);
    if (status >= 500) return reject(new NoAnswer(`HTTP ${status}`));
    try {
      const { errorCode, message } = JSON.parse(text) as { errorCode?: string; message?: string };
      reject(new AdyenRefusal(status, errorCode ?? '', message ?? ''));
    } catch {
      reject(new NoAnswer(`HTTP ${status} that is not Adyen's`));
    }
  }

  private tell({ headers, statusCode }: IncomingMessage, method: string, { pathname }: URL): void {
    const id = headers['pspreference'];
    if (typeof id !== 'string') return;
    const at = new Date().toISOString();
    this.#listener({ id, call: `${method} ${pathname}`, httpStatus: statusCode ?? 0, at });
  }
}
