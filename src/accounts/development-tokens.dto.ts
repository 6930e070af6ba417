import { IsIn, IsString, Matches } from 'class-validator';
import { type Role, ROLES } from '../platform/authentication/caller.js';

export class DevelopmentTokenDto {
  /** Whom to be: `ada`, `ben`, `chiara`, or anybody new. */
  @IsString()
  @Matches(/^[a-z][a-z0-9-]{0,62}$/, { message: 'subject must be lower-case letters, digits and hyphens' })
  subject: string;

  @IsIn(ROLES)
  role: Role;
}

export class DevelopmentTokenAnswerDto {
  token: string;
}
