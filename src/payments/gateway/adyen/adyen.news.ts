import { setTimeout as sleep } from 'node:timers/promises';
import type { Heard } from '../heard.js';
import type { NewsItem } from './adyen.webhooks.js';

/** What was asked for is told by webhook, mostly within a second; whoever waits longer asks again later. */
const NEWS_WAIT_MS = 2_000;
const NEWS_POLL_MS = 50;

/** What Adyen has told of a payment, a refund, a dispute or a setup: it cannot be asked. */
export class AdyenNews {
  constructor(private readonly heard: Heard) {}

  async about(providerId: string): Promise<NewsItem[]> {
    const bodies = await this.heard.about('adyen', providerId);
    return bodies.map((body) => JSON.parse(body.toString()) as NewsItem);
  }

  /** What `find` finds in the news, once it does; null when that takes too long. */
  async awaited<T>(providerId: string, find: (news: NewsItem[]) => T | null): Promise<T | null> {
    for (const end = Date.now() + NEWS_WAIT_MS; ; await sleep(NEWS_POLL_MS)) {
      const found = find(await this.about(providerId));
      if (found !== null || Date.now() > end) return found;
    }
  }
}

/** What Adyen calls the payment. */
export function authorisationIn(news: readonly NewsItem[]): string | null {
  const isDone = ({ eventCode, success }: NewsItem) => eventCode === 'AUTHORISATION' && success === 'true';
  return news.find(isDone)?.pspReference ?? null;
}

/** Null while nothing was told. */
export function told<T extends { status: string }>(outcome: T): T | null {
  return outcome.status === 'unknown' ? null : outcome;
}
