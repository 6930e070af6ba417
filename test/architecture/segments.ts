import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Body } from '../support/api.js';
import { NODE_OPTIONS } from '../support/node.js';

const ROOT = join(import.meta.dirname, '../..');
/** Where `ip netns exec` looks for what stands in for /etc in a namespace. */
const NETNS = '/etc/netns';
/** Whoever is outside: on every segment that is not internal, as its way out. Of a range that documentation may use. */
const INTERNET = 'internet';
const INTERNET_ADDRESS = '198.51.100.7';

const FORWARDING = 'net.ipv4.ip_forward';

/** What a compose file says about networks. */
export interface Segmented {
  services: Record<
    string,
    { networks?: string[] | Record<string, unknown>; sysctls?: Record<string, number> }
  >;
  networks: Record<string, { internal?: boolean } | null>;
}

/** Why network namespaces cannot be made here; null: they can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  if (spawnSync('ip', ['-V']).status !== 0) return 'iproute2 is not installed';
  const probe = `tk-${process.pid}-probe`;
  const { status, stderr } = spawnSync('ip', ['netns', 'add', probe]);
  spawnSync('ip', ['netns', 'del', probe]);
  return status === 0 ? null : `ip netns add: ${stderr.toString().trim()}`;
}

/** The segments of a compose file with its services on them, each a network namespace; nothing of them touches this machine's own. */
export class Segments {
  readonly #agents = new Map<string, Agent>();
  readonly #programs: ChildProcess[] = [];
  /** Of each service, its address on each of its segments. */
  readonly #addresses = new Map<string, Map<string, string>>();

  private constructor(
    private readonly names: readonly string[],
    private readonly compose: Segmented,
  ) {
    Object.keys(compose.networks).forEach((segment, index) => {
      const members = names.filter((name) => this.segmentsOf(name).includes(segment));
      members.forEach((name, at) => this.addressesOf(name).set(segment, `10.213.${index}.${at + 2}`));
      if (!this.isInternal(segment)) this.addressesOf(INTERNET).set(segment, `10.213.${index}.1`);
    });
  }

  static async build(compose: Segmented, services: readonly string[]): Promise<Segments> {
    const segments = new Segments(services, compose);
    await promisify(execFile)('sh', ['-ec', segments.script()]);
    for (const name of segments.everybody) {
      await mkdir(join(NETNS, spaceOf(name)), { recursive: true });
      await writeFile(join(NETNS, spaceOf(name), 'hosts'), segments.hostsOf(name));
      segments.#agents.set(name, new Agent(inside(name, ['test/architecture/namespace-agent.ts'], ROOT, {})));
    }
    return segments;
  }

  get everybody(): string[] {
    return [...this.names, INTERNET];
  }

  /** Every address of somebody, whatever the segment. */
  addresses(name: string): string[] {
    return name === INTERNET ? [INTERNET_ADDRESS] : [...this.addressesOf(name).values()];
  }

  agent(name: string): Agent {
    return this.#agents.get(name)!;
  }

  /** Tries to reach somebody by packets that a third one is to hand on; the way back is laid, too. */
  async reachThrough(from: string, via: string, to: string, port: number): Promise<string> {
    const [there] = this.addresses(to);
    const [near, back] = [this.facing(from, via), this.facing(to, via)];
    const own = this.facing(via, from);
    spawnSync('ip', ['-n', spaceOf(from), 'route', 'replace', `${there}/32`, 'via', near]);
    spawnSync('ip', ['-n', spaceOf(to), 'route', 'replace', `${own}/32`, 'via', back]);
    const answer = (await this.agent(from).does('reach', { host: there, port })) as string;
    spawnSync('ip', ['-n', spaceOf(from), 'route', 'del', `${there}/32`]);
    spawnSync('ip', ['-n', spaceOf(to), 'route', 'del', `${own}/32`]);
    return answer;
  }

  /** Whether it hands on packets from one of its segments to another. */
  setForwarding(name: string, isOn: boolean): void {
    spawnSync('ip', [...['netns', 'exec', spaceOf(name), 'sh', '-c'], forwarding(isOn ? 1 : 0)]);
  }

  /** The address of somebody on the segment that they share with another one. */
  private facing(from: string, whom: string): string {
    for (const [segment, address] of this.addressesOf(whom))
      if (this.addressesOf(from).has(segment)) return address;
    throw new Error(`${from} and ${whom} share no segment`);
  }

  /** Makes what listens on a service's loopback answer on its segments. */
  async publish(name: string, port: number): Promise<void> {
    for (const host of this.addresses(name)) await this.agent(name).does('publish', { host, port });
  }

  /** Runs one of the built programs as a service, until the segments are taken down. Gives what it wrote. */
  start(name: string, argv: string[], folder: string, env: Record<string, string>): () => string {
    const program = inside(name, argv, folder, env);
    this.#programs.push(program);
    let written = '';
    for (const stream of [program.stdout, program.stderr])
      stream!.on('data', (text: Buffer) => (written += text.toString()));
    return () => written;
  }

  /** Runs one that ends by itself. @throws Error with its words when it fails */
  async run(name: string, argv: string[], folder: string, env: Record<string, string>): Promise<void> {
    const written = this.start(name, argv, folder, env);
    const [code] = (await once(this.#programs.at(-1)!, 'close')) as [number];
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${written()}`);
  }

  async takeDown(): Promise<void> {
    const children = [...this.#programs, ...[...this.#agents.values()].map(({ child }) => child)];
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill(this.#programs.includes(child) ? 'SIGKILL' : 'SIGTERM');
        child.stdin!.end();
        await ended;
      }),
    );
    for (const name of [...this.everybody, 'switch']) {
      spawnSync('ip', ['netns', 'del', spaceOf(name)]);
      await rm(join(NETNS, spaceOf(name)), { recursive: true, force: true });
    }
  }

  /** Bridges in a namespace of their own that has no address, so that nobody routes from one to the other. */
  private script(): string {
    const lines = [`ip netns add ${spaceOf('switch')}`];
    for (const index of Object.keys(this.compose.networks).keys())
      lines.push(`ip -n ${spaceOf('switch')} link add br${index} up type bridge`);
    this.everybody.forEach((name, at) => lines.push(...this.scriptOf(name, at)));
    return lines.join('\n');
  }

  private scriptOf(name: string, at: number): string[] {
    const space = spaceOf(name);
    const lines = [`ip netns add ${space}`, `ip -n ${space} link set lo up`];
    if (name === INTERNET) lines.push(`ip -n ${space} addr add ${INTERNET_ADDRESS}/32 dev lo`);
    Object.keys(this.compose.networks).forEach((segment, index) => {
      const address = this.addressesOf(name).get(segment);
      if (!address) return;
      const [own, port] = [`eth${index}`, `p${index}-${at}`];
      lines.push(
        `ip -n ${spaceOf('switch')} link add ${port} master br${index} up type veth peer name ${own} netns ${space}`,
        `ip -n ${space} addr add ${address}/24 dev ${own}`,
        `ip -n ${space} link set ${own} up`,
      );
      if (!this.isInternal(segment) && name !== INTERNET)
        lines.push(`ip -n ${space} route replace default via 10.213.${index}.1`);
    });
    // Containers hand packets on unless they are told not to; the internet does not know our segments.
    const isForwarding = name === INTERNET ? 0 : (this.compose.services[name]?.sysctls?.[FORWARDING] ?? 1);
    lines.push(`ip netns exec ${space} sh -c '${forwarding(isForwarding)}'`);
    return lines;
  }

  /** As the engine's name service: whoever is on a segment of yours, by their name there. */
  private hostsOf(name: string): string {
    const lines = ['127.0.0.1 localhost'];
    for (const other of this.names)
      for (const [segment, address] of this.addressesOf(other))
        if (this.addressesOf(name).has(segment)) lines.push(`${address} ${other}`);
    return `${lines.join('\n')}\n`;
  }

  private segmentsOf(name: string): string[] {
    const networks = this.compose.services[name]?.networks ?? [];
    return Array.isArray(networks) ? networks : Object.keys(networks);
  }

  private addressesOf(name: string): Map<string, string> {
    const known = this.#addresses.get(name) ?? new Map<string, string>();
    this.#addresses.set(name, known);
    return known;
  }

  private isInternal(segment: string): boolean {
    return this.compose.networks[segment]?.internal === true;
  }
}

/** Acts in one namespace. */
export class Agent {
  #asked = 0;
  readonly #waiting = new Map<number, (message: { answer?: unknown; error?: string }) => void>();

  constructor(readonly child: ChildProcess) {
    child.stderr!.on('data', (text: Buffer) => process.stderr.write(text));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const message = JSON.parse(line) as { id: number; answer?: unknown; error?: string };
      this.#waiting.get(message.id)!(message);
      this.#waiting.delete(message.id);
    });
  }

  /** @throws Error when it cannot be done */
  async does(deed: string, input: object): Promise<Body> {
    const id = ++this.#asked;
    const answered = new Promise<{ answer?: unknown; error?: string }>((resolve) =>
      this.#waiting.set(id, resolve),
    );
    this.child.stdin!.write(`${JSON.stringify({ id, deed, ...input })}\n`);
    const { answer, error } = await answered;
    if (error) throw new Error(`${deed}: ${error}`);
    return answer;
  }
}

function inside(name: string, argv: string[], cwd: string, env: Record<string, string>): ChildProcess {
  return spawn('ip', ['netns', 'exec', spaceOf(name), process.execPath, ...NODE_OPTIONS, ...argv], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function forwarding(value: number): string {
  return `echo ${value} > /proc/sys/${FORWARDING.replaceAll('.', '/')}`;
}

/** No two test runs have the same. */
function spaceOf(name: string): string {
  return `tk-${process.pid}-${name}`;
}
