import type { components } from './openapi.js';
import { tokenOf } from './session.js';

type Schemas = components['schemas'];

export type Invoice = Schemas['InvoiceDto'];
export type PaymentMethod = Schemas['PaymentMethodDto'];
export type Payment = Schemas['PaymentDto'];
export type FailureAction = Schemas['PaymentFailureDto']['action'];
export type Instalment = Schemas['InstalmentDto'];
export type Plan = Schemas['PlanDto'];
export type Schedule = Schemas['ScheduleDto'];
export type Autopay = Schemas['AutopayDto'];
export type Setup = Schemas['SetupIntentDto'];
export type StartedSetup = Schemas['StartedSetupIntentDto'];

export interface List<T> {
  data: T[];
  nextCursor: string | null;
}

/** The API said no: `code` is stable, `message` says what to do. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

/** No answer came. Whether the request arrived is not known. */
export class Unreachable extends Error {}

/** A payment may wait for two slow calls of the gateway, of 20 s each. */
const PATIENCE_MS = 60_000;
const PAGE = 100;

interface Send {
  method?: string;
  body?: object;
  idempotencyKey?: string;
}

export async function send<T>(path: string, { method = 'GET', body, idempotencyKey }: Send = {}): Promise<T> {
  const token = tokenOf();
  const answer = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
    },
    body: body ? JSON.stringify(body) : null,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {
    throw new Unreachable('No answer came. Check your connection and try again.');
  });
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return undefined as T;
  return (await answer.json().catch(() => {
    throw new Unreachable('The answer broke off. Check your connection and try again.');
  })) as T;
}

export async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as Partial<Record<string, string>>;
  const retryAfter = Number(answer.headers.get('retry-after') ?? NaN);
  return new Problem(
    answer.status,
    body['code'] ?? 'internal_error',
    body['detail'] ?? 'Something went wrong on our side. Try again in a moment.',
    Number.isFinite(retryAfter) ? retryAfter : null,
    body['requestId'] ?? null,
  );
}

const id = encodeURIComponent;

/** What the page asks of the REST API. */
export const api = {
  developmentToken: (subject: string) =>
    send<{ token: string }>('/dev/tokens', { method: 'POST', body: { subject, role: 'payer' } }),

  invoices: (cursor: string | null = null) =>
    send<List<Invoice>>(`/v1/invoices?limit=${PAGE}${cursor ? `&cursor=${id(cursor)}` : ''}`),
  invoice: (invoiceId: string) => send<Invoice>(`/v1/invoices/${id(invoiceId)}`),

  methods: () => send<List<PaymentMethod>>(`/v1/payment-methods?limit=${PAGE}`),
  method: (methodId: string) => send<PaymentMethod>(`/v1/payment-methods/${id(methodId)}`),
  makeDefault: (methodId: string) =>
    send<PaymentMethod>(`/v1/payment-methods/${id(methodId)}/default`, { method: 'PUT' }),
  removeMethod: (methodId: string, replacedBy?: string) =>
    send<void>(`/v1/payment-methods/${id(methodId)}${replacedBy ? `?replacedBy=${id(replacedBy)}` : ''}`, {
      method: 'DELETE',
    }),

  plans: () => send<List<Plan>>(`/v1/plans?limit=${PAGE}`),
  plan: (planId: string) => send<Plan>(`/v1/plans/${id(planId)}`),
  schedule: (invoiceId: string, instalments: number) =>
    send<Schedule>(`/v1/invoices/${id(invoiceId)}/plan-schedule?instalments=${instalments}`),
  agree: (
    idempotencyKey: string,
    plan: { invoiceId: string; paymentMethodId: string; instalments: number },
  ) => send<Plan>('/v1/plans', { method: 'POST', body: plan, idempotencyKey }),
  usePlanMethod: (planId: string, paymentMethodId: string) =>
    send<Plan>(`/v1/plans/${id(planId)}/payment-method`, { method: 'PUT', body: { paymentMethodId } }),
  endPlan: (planId: string) => send<void>(`/v1/plans/${id(planId)}`, { method: 'DELETE' }),
  autopay: () => send<Autopay>('/v1/autopay'),
  useAutopay: (paymentMethodId: string) =>
    send<Autopay>('/v1/autopay', { method: 'PUT', body: { paymentMethodId } }),
  endAutopay: () => send<void>('/v1/autopay', { method: 'DELETE' }),

  startSetup: (setup: {
    type: 'card' | 'us_bank_account';
    flow: 'redirect' | 'embedded';
    returnUrl: string;
    replaces?: string;
  }) => send<StartedSetup>('/v1/setup-intents', { method: 'POST', body: setup }),
  setupsOf: (methodId: string) => send<List<Setup>>(`/v1/setup-intents?paymentMethodId=${id(methodId)}`),
  verify: (setupId: string, proof: { amountsMinor: number[] } | { descriptorCode: string }) =>
    send<PaymentMethod>(`/v1/setup-intents/${id(setupId)}/verifications`, { method: 'POST', body: proof }),
  /** `returned`: what the gateway's fields gave for the card, where they give something. */
  completeSetup: (setupId: string, returned?: string) =>
    send<PaymentMethod>(`/v1/setup-intents/${id(setupId)}/completions`, {
      method: 'POST',
      ...(returned ? { body: { returned } } : {}),
    }),

  pay: (
    invoiceId: string,
    {
      idempotencyKey,
      paymentMethodId,
      returnUrl,
    }: { idempotencyKey: string; paymentMethodId: string; returnUrl: string },
  ) =>
    send<Payment>(`/v1/invoices/${id(invoiceId)}/payments`, {
      method: 'POST',
      body: { paymentMethodId, returnUrl },
      idempotencyKey,
    }),
  payments: () => send<List<Payment>>(`/v1/payments?limit=${PAGE}`),
  confirm: (paymentId: string, returnUrl: string) =>
    send<Payment>(`/v1/payments/${id(paymentId)}/confirmations`, {
      method: 'POST',
      body: { returnUrl },
      idempotencyKey: crypto.randomUUID(), // it is the gateway's same object that goes on: no second one can come of it
    }),
  /** The payer is back from their bank, with this query in the address. */
  returned: (paymentId: string, query: string) =>
    send<Payment>(`/v1/payments/${id(paymentId)}/confirmations`, {
      method: 'POST',
      body: { returnUrl: `${location.origin}/`, returned: query },
      idempotencyKey: crypto.randomUUID(), // as above
    }),
  cancel: (paymentId: string) =>
    send<Payment>(`/v1/payments/${id(paymentId)}/cancellations`, {
      method: 'POST',
      idempotencyKey: crypto.randomUUID(),
    }),
  payment: (paymentId: string) => send<Payment>(`/v1/payments/${id(paymentId)}`),
};
