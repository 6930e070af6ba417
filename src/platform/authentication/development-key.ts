import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { PlatformConfig } from '../platform.config.js';

export const DEVELOPMENT_ISSUER = 'urn:tokenkeep:development';
export const DEVELOPMENT_AUDIENCE = 'urn:tokenkeep:development';
const ALGORITHM = 'ES256';
const LIFETIME = '12h';

/** Signs development tokens with a key in the data folder, so that they outlive a restart. Refused in production. */
@Injectable()
export class DevelopmentKey {
  #key?: Promise<CryptoKey>;
  #public?: Promise<CryptoKey>;

  constructor(private readonly config: PlatformConfig) {}

  get isAllowed(): boolean {
    return !this.config.isProduction && !this.config.AUTH_ISSUER;
  }

  async sign(claims: {
    subject: string;
    role: string;
    payerId: string | null;
    signedInAt?: Date;
  }): Promise<string> {
    return new SignJWT({
      [this.config.AUTH_ROLES_CLAIM]: [claims.role],
      auth_time: Math.floor((claims.signedInAt ?? new Date()).getTime() / 1000),
      ...(this.config.AUTH_STEP_UP_ACR ? { acr: this.config.AUTH_STEP_UP_ACR } : {}),
      ...(claims.payerId ? { [this.config.AUTH_PAYER_CLAIM]: claims.payerId } : {}),
    })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
      .setIssuer(DEVELOPMENT_ISSUER)
      .setAudience(DEVELOPMENT_AUDIENCE)
      .setSubject(claims.subject)
      .setIssuedAt()
      .setExpirationTime(LIFETIME)
      .sign(await this.privateKey());
  }

  publicKey(): Promise<CryptoKey> {
    return (this.#public ??= this.jwk().then(
      async ({ d: _private, ...jwk }) => (await importJWK(jwk, ALGORITHM)) as CryptoKey,
    ));
  }

  private privateKey(): Promise<CryptoKey> {
    return (this.#key ??= this.jwk().then(async (jwk) => (await importJWK(jwk, ALGORITHM)) as CryptoKey));
  }

  private async jwk(): Promise<JWK> {
    if (!this.isAllowed)
      throw new Error(
        'Development tokens are refused here: an issuer is configured or NODE_ENV is production',
      );
    const file = join(this.config.DATA_FOLDER, 'development-key.json');
    if (!existsSync(file)) {
      const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
      mkdirSync(this.config.DATA_FOLDER, { recursive: true });
      try {
        writeFileSync(file, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600, flag: 'wx' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was first: its key it is
      }
    }
    return JSON.parse(readFileSync(file, 'utf8')) as JWK;
  }
}
