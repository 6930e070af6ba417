import { Body, Controller, Post } from '@nestjs/common';
import { DevelopmentKey } from '../platform/authentication/development-key.js';
import { Public } from '../platform/authentication/policy.js';
import { Problem } from '../platform/problem/problem.js';
import { DevelopmentTokenAnswerDto, DevelopmentTokenDto } from './development-tokens.dto.js';
import { People } from './people.service.js';

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
