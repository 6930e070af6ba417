import type { Standing } from '../../platform/postgres/standing.js';
import { PAYMENTS_ROLES } from './roles.js';

/** How far payment data is from the rest, from least to most. */
export const ISOLATION_LEVELS = ['schema', 'role', 'database', 'cluster'] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** What configuration may ask for: a level, and that payments run in a process of their own. */
export const ISOLATION_MINIMA = ISOLATION_LEVELS.flatMap((level) => [level, `${level}+process`]);

export interface Isolation {
  level: IsolationLevel;
  /** Payments run in a process of their own. */
  isProcessApart: boolean;
  /** Why it is not more: in words, for whoever wants it to be. */
  because: string[];
}

/** `database`, or `cluster+process`. */
export function nameOf({ level, isProcessApart }: Pick<Isolation, 'level' | 'isProcessApart'>): string {
  return isProcessApart ? `${level}+process` : level;
}

/** `role (both are in the database tokenkeep)` */
export function inWords(isolation: Isolation): string {
  const { because } = isolation;
  return because.length > 0 ? `${nameOf(isolation)} (${because.join('; ')})` : nameOf(isolation);
}

export function isAtLeast(isolation: Isolation, minimum: string): boolean {
  const [level, process] = minimum.split('+') as [IsolationLevel, string?];
  const isFarEnough = ISOLATION_LEVELS.indexOf(isolation.level) >= ISOLATION_LEVELS.indexOf(level);
  return isFarEnough && (!process || isolation.isProcessApart);
}

/** Whoever has one of these reads or runs what is anybody's on the server. */
const REACHES_EVERYTHING = new Set([
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_execute_server_program',
  'pg_maintain',
]);

/** From where both connections stand. A right that one side could give itself counts as one that it has. */
export function levelBetween(
  application: Standing,
  payments: Standing,
): Pick<Isolation, 'level' | 'because'> {
  if (application.systemIdentifier !== payments.systemIdentifier) return { level: 'cluster', because: [] };
  const breaches = [
    ...(application.role === payments.role ? [`both sides log in as ${application.role}`] : []),
    ...breachesOf(application, "payments'", [payments.role, PAYMENTS_ROLES.owner, PAYMENTS_ROLES.migrator]),
    ...breachesOf(payments, "the application's", [application.role]),
  ];
  if (breaches.length > 0) return { level: 'schema', because: breaches };
  if (application.databaseOid === payments.databaseOid)
    return { level: 'role', because: [`both are in the database ${payments.database}`] };
  const connecting = [
    ...(application.mayConnect ? [`${application.role} may connect to ${payments.database}`] : []),
    ...(payments.mayConnect ? [`${payments.role} may connect to ${application.database}`] : []),
  ];
  if (connecting.length > 0) return { level: 'role', because: connecting };
  return { level: 'database', because: ['both databases are on one server'] };
}

function breachesOf(who: Standing, whose: string, roles: readonly string[]): string[] {
  const { role } = who;
  if (who.isSuperuser) return [`${role} is a superuser`];
  const taken = who.memberOf.filter((it) => roles.includes(it) || REACHES_EVERYTHING.has(it));
  return [
    ...(who.mayMakeRoles ? [`${role} may make roles, and so become another`] : []),
    ...(who.passesRowSecurity ? [`${role} passes row security`] : []),
    ...taken.map((it) => `${role} can become ${it}`),
    ...(who.reachesSchema ? [`${role} has rights on ${whose} schema`] : []),
  ];
}

/** What payments alone can tell of where the application is: the name of its login and schema, which `db setup` gives. */
export interface Surroundings {
  hasApplicationSchema: boolean;
  hasApplicationRole: boolean;
}

export function levelAlone({
  hasApplicationSchema,
  hasApplicationRole,
}: Surroundings): Pick<Isolation, 'level' | 'because'> {
  if (hasApplicationSchema)
    return { level: 'role', because: ["the application's schema is in this database"] };
  if (hasApplicationRole)
    return { level: 'database', because: ["the application's login is on this server"] };
  return { level: 'cluster', because: [] };
}
