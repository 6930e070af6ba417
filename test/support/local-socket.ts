import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A database server over a socket of this machine: production takes no other address without TLS. */
export async function overLocalSocket(url: string): Promise<{ url: string; close: () => Promise<void> }> {
  const { hostname, port } = new URL(url);
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-socket-'));
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    for (const end of [near, far])
      end.on('error', () => {
        near.destroy();
        far.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, `.s.PGSQL.${port}`), resolve));
  const local = new URL(url);
  local.searchParams.set('host', folder);
  return {
    url: local.href,
    close: async () => {
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}
