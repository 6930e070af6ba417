// Acts inside one network namespace for a test outside of it: a line of JSON in is a deed, a line out is what became of it.
// It ends when its standard input closes.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Neighbours answer in a millisecond; nobody else answers at all. */
const REACH_MS = 400;

interface Place {
  host: string;
  port: number;
}

const deeds: Record<string, (input: never) => Promise<unknown>> = {
  /** Whether somebody answers there. */
  reach: ({ host, port }: Place) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, timeout: REACH_MS });
      const end = (answer: string | undefined) => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('connect', () => end('reached'));
      socket.once('timeout', () => end('timed out'));
      socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code));
    }),

  request: async ({ url, ...init }: RequestInit & { url: string }) => {
    const answer = await fetch(url, init);
    const text = await answer.text();
    const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  },

  /** What listens on the loopback only is to be had on a segment, too. */
  publish: ({ host, port }: Place) =>
    new Promise((resolve, reject) => {
      const server = createServer((near) => {
        const far = connect(port, '127.0.0.1');
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          one.on('error', () => other.destroy());
          one.on('close', () => other.destroy());
          one.pipe(other);
        }
      });
      server.once('error', reject);
      server.listen(port, host, () => resolve(null));
    }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, deed, ...input } = JSON.parse(line) as { id: number; deed: string };
  void deeds[deed]!(input as never)
    .then(
      (answer) => ({ id, answer }),
      (error: Error) => ({ id, error: `${error.message} ${(error.cause as Error | undefined)?.message}` }),
    )
    .then((message) => process.stdout.write(`${JSON.stringify(message)}\n`));
}
process.exit(0);
