import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Role } from './caller.js';

export const POLICY = 'tokenkeep:policy';
export type Policy = 'public' | readonly Role[];

/** Anyone may call this route, without a token. */
export const Public = () => SetMetadata(POLICY, 'public' satisfies Policy);

/** Only callers with one of these roles may call this route. A route without a policy answers nobody. */
export const Allow = (...roles: Role[]) =>
  applyDecorators(SetMetadata(POLICY, roles satisfies Policy), ApiBearerAuth());
