import { Command } from 'commander';
import { auditPublicKeys, newAuditKey, verifyAudit } from '../payments/payments.administration.js';
import { AUDITOR_CONFIGURATIONS } from '../payments/payments.audit.config.js';
import { Configuration } from '../platform/configuration/configuration.js';
import { stopEmbeddedServers } from '../platform/postgres/embedded-postgres.js';
import { progressLine } from './progress.js';
import { EXIT_DIFFERENCES } from './running.js';

/** `audit …`: the audit log, without the program: an auditor's login may read that log and nothing else. */
export function auditCommands(): Command {
  const audit = new Command('audit').description('the audit log');
  audit
    .command('verify')
    .description(
      'that the log is what was sealed, signed and anchored; exit status 2, and the first bad entry, if not',
    )
    .option('--anchors <folder>', 'where the anchors are kept', undefined)
    .action(verify);
  audit
    .command('public-keys')
    .description('the public halves of the keys, for whoever verifies elsewhere')
    .action(() => console.log(auditPublicKeys(Configuration.take(AUDITOR_CONFIGURATIONS)).join(',')));
  audit
    .command('new-key <name>')
    .description('a new key that signs the audit log, for PAYMENTS_AUDIT_KEYS; it is stored nowhere')
    .action((name: string) => console.log(newAuditKey(name)));
  return audit;
}

async function verify({ anchors }: { anchors?: string }): Promise<void> {
  try {
    const configuration = Configuration.take(AUDITOR_CONFIGURATIONS);
    const verified = await verifyAudit(configuration, progressLine('verified'), anchors);
    console.log(JSON.stringify(verified, null, 2));
    if (verified.outcome !== 'intact') process.exitCode = EXIT_DIFFERENCES;
  } finally {
    await stopEmbeddedServers();
  }
}
