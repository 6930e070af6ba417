import { join } from 'node:path';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DevelopmentKey } from '../platform/authentication/development-key.js';
import { Public } from '../platform/authentication/policy.js';
import { PageFiles } from '../platform/http/page-files.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { Problem } from '../platform/problem/problem.js';
import { PortalConfig } from './portal.config.js';
import { contentSecurityPolicy } from './portal.policy.js';

/** What the page must know before it can begin. */
interface PortalSettings {
  bankAccounts: 'redirect' | 'embedded' | null;
  fields: 'redirect' | 'embedded';
  gatewayScript: string | null;
  instalmentsMax: number;
  signIn:
    | { kind: 'development' }
    | { kind: 'issuer'; issuer: string; clientId: string; audience: string }
    | { kind: 'none' };
}

const A_YEAR_SECONDS = 31_536_000;

/** The payer's, the auditors' and the operators' page: files only. Everything that it knows of payers and payments, it asks the REST API. */
@ApiExcludeController()
@Controller()
@Public()
export class PortalController {
  readonly #files = new PageFiles(join(import.meta.dirname, 'page'));
  readonly #html: string;
  readonly #auditHtml: string;
  readonly #operationsHtml: string;

  constructor(
    private readonly config: PortalConfig,
    private readonly platform: PlatformConfig,
    private readonly developmentKey: DevelopmentKey,
  ) {
    this.#html = this.html('index.html');
    this.#auditHtml = this.html('audit.html');
    this.#operationsHtml = this.html('operations.html');
  }

  @Get()
  page(@Res() reply: FastifyReply): void {
    const { gatewayScript } = this.config;
    const directives = contentSecurityPolicy({ gatewayScript, issuer: this.platform.AUTH_ISSUER ?? null });
    reply.helmet({
      contentSecurityPolicy: { useDefaults: false, directives },
      // A bank's window, opened by the gateway's script, must be able to report back; without a script nothing opens one.
      crossOriginOpenerPolicy: { policy: gatewayScript ? 'same-origin-allow-popups' : 'same-origin' },
    });
    void reply.header('Cache-Control', 'no-store').type('text/html; charset=utf-8').send(this.#html);
  }

  @Get('audit')
  auditPage(@Res() reply: FastifyReply): void {
    this.staffPage(this.#auditHtml, reply);
  }

  @Get('operations')
  operationsPage(@Res() reply: FastifyReply): void {
    this.staffPage(this.#operationsHtml, reply);
  }

  @Get('portal/settings.json')
  settings(@Res({ passthrough: true }) reply: FastifyReply): PortalSettings {
    void reply.header('Cache-Control', 'no-store');
    const { fields, bankAccounts, gatewayScript, PLAN_INSTALMENTS_MAX: instalmentsMax } = this.config;
    return { fields, bankAccounts, gatewayScript, instalmentsMax, signIn: this.signIn() };
  }

  /** The version in the address makes what a browser keeps as good as new; another instance's version is not kept. */
  @Get('portal/:version/:file')
  file(@Param('version') version: string, @Param('file') name: string, @Res() reply: FastifyReply): void {
    const file = this.#files.find(name);
    if (!file || name.endsWith('.html'))
      throw new Problem('not_found', 'There is nothing at this address, or nothing that you may see.');
    const isCurrent = version === this.#files.version;
    const caching = isCurrent ? `public, max-age=${A_YEAR_SECONDS}, immutable` : 'no-store';
    void reply.header('Cache-Control', caching).type(file.type).send(file.body);
  }

  /** No script of a gateway ever runs in it, whatever the payer's page shows. */
  private staffPage(html: string, reply: FastifyReply): void {
    const directives = contentSecurityPolicy({
      gatewayScript: null,
      issuer: this.platform.AUTH_ISSUER ?? null,
    });
    reply.helmet({ contentSecurityPolicy: { useDefaults: false, directives } });
    void reply.header('Cache-Control', 'no-store').type('text/html; charset=utf-8').send(html);
  }

  private html(name: string): string {
    const template = this.#files.find(name)?.body.toString('utf8') ?? '';
    return template.replaceAll('{{files}}', `/portal/${this.#files.version}`);
  }

  private signIn(): PortalSettings['signIn'] {
    if (this.developmentKey.isAllowed) return { kind: 'development' };
    const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = this.platform;
    const { AUTH_CLIENT_ID: clientId } = this.config;
    return issuer && audience && clientId ? { kind: 'issuer', issuer, audience, clientId } : { kind: 'none' };
  }
}
