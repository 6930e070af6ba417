/**
 * Where something is seen: between a program and its database, between payments and the gateway; and where payments are a
 * program of their own, between the two: `link` is what the application asks of payments, `events` what payments tell it.
 */
export type Side = 'database' | 'gateway' | 'link' | 'events';

/** Whose statement or request it is. */
export type ProgramName = 'application' | 'payments';

/** What a proxy sees, and of whom. */
export interface View {
  side: Side;
  of: ProgramName;
}

/**
 * A moment of a flow, named from outside: the n-th statement or gateway request that matches, before it is passed on, or
 * after its answer came back and before the application has it.
 */
export interface Moment {
  side: Side;
  when: 'before' | 'after';
  what: RegExp;
  /** For a COMMIT: a statement that the transaction has made. */
  inside?: RegExp;
  /** The first, unless said otherwise. */
  nth?: number;
}

/** What becomes of the bytes that were seen: they are passed on, or the connection ends here. */
export type Verdict = 'pass' | 'cut';

interface Rule {
  moment: Moment;
  left: number;
  act: (of: ProgramName) => Verdict | Promise<Verdict>;
}

/** Waits for moments. Without a rule it costs nothing; each rule acts once. */
export class Points {
  #rules: Rule[] = [];

  /** Resolves when the moment has come and `act` has begun. */
  at(moment: Moment, act: Rule['act']): Promise<void> {
    return new Promise((reached) => {
      const acting = (of: ProgramName) => {
        reached();
        return act(of);
      };
      this.#rules.push({ moment, left: moment.nth ?? 1, act: acting });
    });
  }

  clear(): void {
    this.#rules = [];
  }

  async see({ side, of }: View, when: Moment['when'], what: string, inside = ''): Promise<Verdict> {
    for (const rule of this.#rules) {
      const { moment } = rule;
      if (moment.side !== side || moment.when !== when || !moment.what.test(what)) continue;
      if (moment.inside && !moment.inside.test(inside)) continue;
      rule.left -= 1;
      if (rule.left !== 0) continue;
      this.#rules = this.#rules.filter((other) => other !== rule);
      return rule.act(of);
    }
    return 'pass';
  }
}

/** A statement as the points compare it: one line, without quotes around names. */
export function plainSql(sql: string): string {
  return sql.replaceAll('"', '').replace(/\s+/g, ' ').trim();
}

const COMMIT = /^COMMIT\b/;
export const before = (what: RegExp): Moment => ({ side: 'database', when: 'before', what });
export const after = (what: RegExp): Moment => ({ side: 'database', when: 'after', what });
export const beforeCommitOf = (inside: RegExp): Moment => ({ ...before(COMMIT), inside });
export const afterCommitOf = (inside: RegExp): Moment => ({ ...after(COMMIT), inside });
/** The gateway has not seen the request. */
export const unsent = (what: RegExp): Moment => ({ side: 'gateway', when: 'before', what });
/** The gateway has done it and answered; the application has not heard. */
export const unheard = (what: RegExp): Moment => ({ side: 'gateway', when: 'after', what });
/** Payments have not seen what the application asks of them. */
export const unasked = (what: RegExp): Moment => ({ side: 'link', when: 'before', what });
/** Payments have done it and answered; the application has not heard. */
export const unanswered = (what: RegExp): Moment => ({ side: 'link', when: 'after', what });
/** An event is on its way to the application. */
export const untold = (what: RegExp): Moment => ({ side: 'events', when: 'before', what });
/** The application has applied it; payments have not heard. */
export const unconfirmed = (what: RegExp): Moment => ({ side: 'events', when: 'after', what });
