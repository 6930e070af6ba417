import { Command } from 'commander';
import { AppModule } from '../app.module.js';
import { newTokenKey, rotateTokenKeys } from '../payments/payments.administration.js';
import { Configuration } from '../platform/configuration/configuration.js';
import { stopEmbeddedServers } from '../platform/postgres/embedded-postgres.js';

/** `keys …`: the keys that seal tokens. */
export function keyCommands(): Command {
  const keys = new Command('keys').description('the keys that seal tokens');
  keys
    .command('new [name]')
    .description('print a new key, for the front of PAYMENTS_TOKEN_KEYS')
    .action((name = new Date().toISOString().slice(0, 10)) => console.log(newTokenKey(name as string)));
  keys
    .command('rotate')
    .description('seal everything anew with the newest key, beside running programs; then older keys can go')
    .action(async () => {
      try {
        const count = await rotateTokenKeys(Configuration.take(AppModule.configurations), (sealed) =>
          console.error(`${sealed} sealed anew`),
        );
        console.log(`${count} values were sealed anew; all are sealed with the newest key.`);
      } finally {
        await stopEmbeddedServers();
      }
    });
  return keys;
}
