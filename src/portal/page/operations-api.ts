import { type List, send } from './api.js';
import type { components } from './openapi.js';

type Schemas = components['schemas'];

export const WINDOWS = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };
export type Window = keyof typeof WINDOWS;

export type Summary = Schemas['OperationsSummaryDto'];
export type Outcomes = Schemas['OutcomesDto'];
export type Outcome = keyof Outcomes;
export type Backlog = Schemas['BacklogDto'];
export type Gateway = Schemas['GatewayStandingDto'];
export type Attention = Schemas['AttentionRowDto'];
export type Why = Attention['why'];
export type TimelineEntry = Schemas['TimelineEntryDto'];

export const operations = {
  summary: (window: Window) => send<Summary>(`/v1/operations/summary?window=${window}`),
  attention: () => send<List<Attention>>('/v1/operations/attention'),
  timeline: (paymentId: string) =>
    send<List<TimelineEntry>>(`/v1/payments/${encodeURIComponent(paymentId)}/timeline`),
};

/** The same words for everybody, wherever they are: what they compare it with, logs and gateways, is in UTC, too. */
export function utc(instant: string): string {
  return instant.slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replace('T', ' ');
}

/** `90` as `1 min`: the largest unit that is whole. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
