import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import { IsEmail, IsOptional } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { DataSource } from 'typeorm';
import { DevelopmentKey } from '../platform/authentication/development-key.js';
import { Public } from '../platform/authentication/policy.js';
import { IdParameter } from '../platform/http/id-parameter.js';
import { Problem } from '../platform/problem/problem.js';
import { NotificationsConfig } from './notifications.config.js';
import { escape } from './templates.js';

/** The latest mail is what somebody looks for. */
const SHOWN_MAX = 200;

export class InboxQuery {
  @IsOptional()
  @IsEmail()
  to?: string;
}

interface KeptMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  sentAt: Date;
}

/** Mail that was sent to nobody, for development: everybody's, in the open. In production it does not exist. */
@ApiExcludeController()
@Controller('dev/inbox')
@Public()
export class InboxController {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly developmentKey: DevelopmentKey,
    private readonly config: NotificationsConfig,
  ) {}

  @Get()
  async page(@Query() query: InboxQuery, @Res() reply: FastifyReply): Promise<void> {
    const mails = await this.mails(query);
    const entries = mails.map(
      (mail) => `<article>
<h2><a href="/dev/inbox/${mail.id}">${escape(mail.subject)}</a></h2>
<p>To ${escape(mail.to)}, ${mail.sentAt.toISOString()}</p>
<pre>${escape(mail.text)}</pre>
</article>`,
    );
    const body = entries.join('\n') || '<p>No mail yet.</p>';
    void reply.type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Inbox</title></head>
<body>
<h1>Inbox</h1>
${body}
</body>
</html>
`);
  }

  /** The same for programs. */
  @Get('mails.json')
  async list(@Query() query: InboxQuery): Promise<{ data: KeptMail[] }> {
    return { data: await this.mails(query) };
  }

  /** One mail as its reader sees it. */
  @Get(':id')
  async read(@Param('id', IdParameter) id: string, @Res() reply: FastifyReply): Promise<void> {
    this.demandInbox();
    const [mail] = await this.dataSource.query<{ html: string }[]>(
      `SELECT body_html AS html FROM app.development_mail WHERE id = $1`,
      [id],
    );
    if (!mail) throw new Problem('not_found', 'There is no such mail.');
    void reply.type('text/html; charset=utf-8').send(mail.html);
  }

  private async mails({ to }: InboxQuery): Promise<KeptMail[]> {
    this.demandInbox();
    return this.dataSource.query<KeptMail[]>(
      `SELECT id, recipient AS "to", subject, body_text AS text, sent_at AS "sentAt" FROM app.development_mail
        WHERE $1::text IS NULL OR recipient = $1 ORDER BY sent_at DESC, id DESC LIMIT $2`,
      [to ?? null, SHOWN_MAX],
    );
  }

  private demandInbox(): void {
    if (!this.developmentKey.isAllowed || this.config.goesTo !== 'inbox')
      throw new Problem('not_found', 'There is nothing at this address, or nothing that you may see.');
  }
}
