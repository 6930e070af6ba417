import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { DisputeEvidence, DisputeOutcome, Gateway } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { keepRequests, sent } from '../payment/gateway-requests.js';
import { PaymentNews } from '../payment/payment-news.js';
import { PaymentsError } from '../payments.contract.js';
import { DisputeSettlement } from './dispute-settlement.js';
import { isOpen } from './dispute-status.js';
import { DisputeRecord } from './dispute.entity.js';

/** Two sources of news rarely collide more than once; more often means a bug, and the event is tried again later. */
const ASKED_AGAIN_MAX = 5;

/** Disputes: what banks take back, and what we say against it. */
@Injectable()
export class Disputes {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly payments: PaymentNews,
    private readonly settlement: DisputeSettlement,
    private readonly events: Events,
  ) {}

  /** One page, the newest first. */
  async list(page: { limit: number; after?: string }): Promise<DisputeRecord[]> {
    return this.database.repository(DisputeRecord).find({
      where: page.after ? { id: LessThan(page.after) } : {},
      order: { id: 'DESC' },
      take: page.limit,
    });
  }

  /** @throws PaymentsError `not_found` */
  async find(id: string): Promise<DisputeRecord> {
    const dispute = await this.database.repository(DisputeRecord).findOneBy({ id });
    if (!dispute) throw new PaymentsError('not_found', 'There is no such dispute.');
    return dispute;
  }

  /** Hands our side to the gateway; the same evidence again is the same call. @throws PaymentsError */
  async sendEvidence(id: string, evidence: DisputeEvidence, actor: string): Promise<DisputeRecord> {
    const key = createHash('sha256').update(JSON.stringify(evidence)).digest('base64url');
    const change = {
      submit: evidence.submit,
      texts: Object.keys(evidence.text),
      files: evidence.files.map((it) => it.kind),
    };
    return this.answer(id, { action: 'dispute.evidence_sent', change, actor }, (gateway, dispute) =>
      gateway.sendEvidence(dispute.providerDispute, evidence, `${id}:${key}`),
    );
  }

  /** Gives the dispute up: the money stays with the payer. It cannot be taken back. @throws PaymentsError */
  async accept(id: string, actor: string): Promise<DisputeRecord> {
    return this.answer(id, { action: 'dispute.accepted', change: {}, actor }, (gateway, dispute) =>
      gateway.acceptDispute(dispute.providerDispute, `${id}:accept`),
    );
  }

  /** The gateway says that something about a dispute changed. */
  async refresh(gateway: string, providerDispute: string, actor: string): Promise<void> {
    for (let asked = 0; asked < ASKED_AGAIN_MAX; asked++) {
      const observed = await this.settlement.observe(gateway, providerDispute);
      const outcome = await this.gateways.of(gateway).readDispute(providerDispute);
      if (outcome.status === 'unknown')
        throw new Error(`The gateway did not say how ${providerDispute} stands: ${outcome.reason}`);
      // What a bank takes back was taken first, whichever news came first: nothing can be held against money we know not of.
      await this.payments.refresh(gateway, outcome.providerPayment, actor);
      if ((await this.settlement.settle(gateway, outcome, observed, actor)) !== 'moved') return;
    }
    throw new Error(`The dispute ${providerDispute} kept changing while it was asked for`);
  }

  private async answer(
    id: string,
    what: { action: string; change: Record<string, unknown>; actor: string },
    send: (gateway: Gateway, dispute: DisputeRecord) => Promise<DisputeOutcome>,
  ): Promise<DisputeRecord> {
    const dispute = await this.find(id);
    assertAnswerable(dispute);
    await this.database.transaction((tx) =>
      this.events.record(tx, {
        actor: what.actor,
        action: what.action,
        target: { type: 'payment', id: dispute.paymentId },
        change: { disputeId: id, ...what.change },
      }),
    );
    const outcome = await send(this.gateways.of(dispute.gateway), dispute);
    if (outcome.status === 'unknown') {
      await keepRequests(this.database, 'dispute', id, sent(outcome.requests));
      throw new PaymentsError(
        'gateway_unavailable',
        'The payment gateway did not say whether it has taken this. Send it again.',
        5,
      );
    }
    const settled = await this.settlement.settle(dispute.gateway, outcome, dispute.version, what.actor);
    if (settled !== 'moved') return settled ?? dispute;
    await keepRequests(this.database, 'dispute', id, sent(outcome.requests));
    await this.refresh(dispute.gateway, dispute.providerDispute, what.actor);
    return this.find(id);
  }
}

function assertAnswerable(dispute: DisputeRecord): void {
  if (!isOpen(dispute.status))
    throw new PaymentsError('dispute_closed', `A dispute that is ${dispute.status} cannot be answered.`);
  if (!dispute.isContestable)
    throw new PaymentsError(
      'dispute_not_contestable',
      'The bank takes no answer to this, as with each return of a bank debit. Ask the payer for another payment.',
    );
}
