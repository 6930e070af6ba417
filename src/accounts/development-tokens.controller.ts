import { Body, Controller, Post } from '@nestjs/common';
import { IsIn, IsString, Matches } from 'class-validator';
import { type Role, ROLES } from '../platform/authentication/caller.js';
import { DevelopmentKey } from '../platform/authentication/development-key.js';
import { Public } from '../platform/authentication/policy.js';
import { Problem } from '../platform/problem/problem.js';
import { People } from './people.service.js';

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

/** Signs anybody in as anybody: for development only. In production it does not exist. */
@Controller('dev/tokens')
export class DevelopmentTokensController {
  constructor(
    private readonly people: People,
    private readonly key: DevelopmentKey,
  ) {}

  @Post()
  @Public()
  async create(@Body() { subject, role }: DevelopmentTokenDto): Promise<DevelopmentTokenAnswerDto> {
    if (!this.key.isAllowed)
      throw new Problem('not_found', 'There is nothing at this address, or nothing that you may see.');
    const payerId = role === 'payer' ? (await this.people.findOrCreate(subject)).payerId : null;
    return { token: await this.key.sign({ subject, role, payerId }) };
  }
}
