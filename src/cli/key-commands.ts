import { Command } from 'commander';
import { operatedProgram } from './program.js';
import { newLinkKey, newTokenKey, rotateTokenKeys } from '../payments/payments.administration.js';
import { Configuration } from '../platform/configuration/configuration.js';
import { stopEmbeddedServers } from '../platform/postgres/embedded-postgres.js';

/** `keys …`: the keys that seal tokens, and the one by which payments alone know the application. */
export function keyCommands(): Command {
  const keys = new Command('keys').description('the keys that seal tokens, and the key of the link');
  keys
    .command('new [name]')
    .description('print a new key, for the front of PAYMENTS_TOKEN_KEYS')
    .action((name = new Date().toISOString().slice(0, 10)) => console.log(newTokenKey(name as string)));
  keys
    .command('new-link [name]')
    .description("print a new key of the application's for payments alone, and its public half for payments")
    .action((name = new Date().toISOString().slice(0, 10)) => {
      const { signing, known } = newLinkKey(name as string);
      console.log(`PAYMENTS_LINK_SIGNING_KEY=${signing}\nPAYMENTS_LINK_PUBLIC_KEYS=${known}`);
    });
  keys
    .command('rotate')
    .description('seal everything anew with the newest key, beside running programs; then older keys can go')
    .action(async () => {
      try {
        const count = await rotateTokenKeys(Configuration.take(operatedProgram().configurations), (sealed) =>
          console.error(`${sealed} sealed anew`),
        );
        console.log(`${count} values were sealed anew; all are sealed with the newest key.`);
      } finally {
        await stopEmbeddedServers();
      }
    });
  return keys;
}
