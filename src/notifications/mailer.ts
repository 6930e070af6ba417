import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createTransport } from 'nodemailer';
import type { DataSource } from 'typeorm';
import type { Contact } from '../accounts/accounts.contract.js';
import { refuseCardNumbersLeaving } from '../platform/card-data/leaving.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { NotificationsConfig } from './notifications.config.js';
import type { Letter } from './templates.js';

export interface Mail extends Letter {
  id: string;
  to: Contact;
}

/** The mail server said no, and would say no again. */
export class MailRefused extends Error {}

/** A mail server that does not answer is left alone; together below the lease of a notice. */
const TIMEOUT_MS = 20_000;
/** SMTP's permanent refusals. https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1 */
const PERMANENT_FROM = 500;
/** It does not follow what the server expects now, which says nothing of this mail: another session may. */
const BAD_SEQUENCE = 503;
/** What the server answers to these is about this mail; at the greeting, the login or the sender, about us. */
const ABOUT_THE_MAIL = ['RCPT TO', 'DATA'];

/** Hands mail to the mail server; in development, where none is named, to the local inbox. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  readonly #smtp;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly config: NotificationsConfig,
    private readonly clock: BusinessClock,
    platform: PlatformConfig,
  ) {
    this.#smtp =
      config.goesTo === 'smtp'
        ? createTransport({
            url: config.SMTP_URL,
            pool: true,
            requireTLS: platform.isProduction,
            connectionTimeout: TIMEOUT_MS,
            greetingTimeout: TIMEOUT_MS,
            socketTimeout: TIMEOUT_MS,
            disableFileAccess: true,
            disableUrlAccess: true,
          })
        : null;
  }

  onApplicationShutdown(): void {
    this.#smtp?.close();
  }

  /** @throws MailRefused */
  async send({ id, to, subject, text, html }: Mail): Promise<void> {
    refuseCardNumbersLeaving([to.name, subject, text, html], 'a mail');
    if (!this.#smtp) return this.keep({ id, to, subject, text, html });
    const host = this.config.MAIL_FROM.split('@')[1];
    try {
      await this.#smtp.sendMail({
        from: this.config.MAIL_FROM,
        to: { name: to.name, address: to.email },
        subject,
        text,
        html,
        messageId: `<${id}@${host}>`, // the same when it is sent again
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      if (isRefusal(error)) throw new MailRefused(`The mail server refused it: ${error.responseCode}`);
      throw error;
    }
  }

  private async keep({ id, to, subject, text, html }: Mail): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO app.development_mail (id, recipient, subject, body_text, body_html, sent_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
      [id, to.email, subject, text, html, this.clock.now()],
    );
  }
}

/** A rotated password refuses every mail of its time: none of them is lost by that. */
function isRefusal(error: unknown): error is { responseCode: number } {
  const { command = '', responseCode = 0 } = error as { command?: string; responseCode?: number };
  return ABOUT_THE_MAIL.includes(command) && responseCode >= PERMANENT_FROM && responseCode !== BAD_SEQUENCE;
}
