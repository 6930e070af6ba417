import { Injectable } from '@nestjs/common';
import { Digests } from '../database/digest.js';
import { Seals } from '../database/sealing.js';
import type { PaymentMethodRecord } from './payment-method.entity.js';

const COLUMN = 'payment_method.provider_token';

/** The gateway's tokens at rest: sealed to their row, and found by a digest. */
@Injectable()
export class Tokens {
  constructor(
    private readonly seals: Seals,
    private readonly digests: Digests,
  ) {}

  /** What is stored of a token in the method's row. */
  sealed(gateway: string, methodId: string, token: string): { providerToken: Buffer; tokenDigest: string } {
    return {
      providerToken: this.seals.seal({ column: COLUMN, rowId: methodId }, token),
      tokenDigest: this.digestOf(gateway, token),
    };
  }

  /** How a row is found by its token. */
  digestOf(gateway: string, token: string): string {
    return this.digests.of('token', gateway, token);
  }

  /** For the gateway alone. @throws SealBroken */
  of({ id, providerToken }: PaymentMethodRecord): string {
    if (!providerToken) throw new Error(`The token of payment method ${id} was destroyed`);
    return this.seals.open({ column: COLUMN, rowId: id }, providerToken).toString();
  }
}
