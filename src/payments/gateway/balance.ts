/** What a gateway says of the money that it holds for us; part of the port for gateways that keep such an account. */
export interface GatewayBalance {
  /** Every movement of the account's balance since then, in any order. */
  movementsSince(since: Date): AsyncIterable<BalanceMovement>;
  /** Every movement that one charge, refund or dispute ever made. */
  movementsOf(source: BalanceSource): Promise<BalanceMovement[]>;
}

/** One booking on the balance. */
export interface BalanceMovement {
  /** What moved the money; null for what is not of the payer's making: payouts, the gateway's own bills. */
  source: BalanceSource | null;
  /** Signed, before fees: into the balance is positive. In the smallest unit of `currency`. */
  amountMinor: number;
  feeMinor: number;
  /** Of the balance, which is another one than the charge's where the gateway has exchanged it. */
  currency: string;
  createdAt: Date;
}

export interface BalanceSource {
  kind: 'payment' | 'refund' | 'dispute';
  providerId: string;
}
