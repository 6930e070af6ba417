// What processes have used, as Linux tells it. Elsewhere there is no /proc, and the table shows a dash.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts time in these, on every machine of the last twenty years. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that the process has used, with those of the children it has outlived. */
export function cpuSecondsOf(pid: number): number {
  const fields = statOf(pid);
  if (!fields) return NaN;
  const [own, system, children, childrenSystem] = fields.slice(11, 15).map(Number);
  return (own! + system! + children! + childrenSystem!) / TICKS_PER_SECOND;
}

/** Seconds of CPU that a server of many processes has used. */
export function cpuSecondsOfFamily(parent: number): number {
  return [parent, ...childrenOf(parent)].reduce((sum, pid) => sum + (cpuSecondsOf(pid) || 0), 0);
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1]);
}

/** `VmRSS`: now; `VmHWM`: the most ever. In megabytes. */
export function memoryOf(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`${which}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes) / 1024;
}

/** The fields after the name, which may hold anything: state, parent, ... */
function statOf(pid: number): string[] | undefined {
  const line = read(`/proc/${pid}/stat`);
  return line ? line.slice(line.lastIndexOf(')') + 2).split(' ') : undefined;
}

function childrenOf(parent: number): number[] {
  const ids = readdirSync('/proc').map(Number).filter(Boolean);
  return ids.filter((pid) => parentOf(pid) === parent);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
