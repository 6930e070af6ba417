import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../authentication/policy.js';
import { HealthChecks } from './health.js';

@Controller('health')
export class HealthController {
  constructor(private readonly checks: HealthChecks) {}

  /** The process runs and answers. */
  @Get('live')
  @Public()
  live(): { status: string } {
    return { status: 'live' };
  }

  /** The process can do its work: 200 with the checks, or 503. */
  @Get('ready')
  @Public()
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const health = await this.checks.read();
    void reply.status(health.status === 'ready' ? 200 : 503).send(health);
  }
}
