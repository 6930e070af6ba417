/**
 * Classes of PostgreSQL's errors that say nothing about a statement: the connection broke, the server ends, starts, or has
 * no room for one more. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SERVER_AWAY = /^(08...|57P0[123]|53300)$/;
/** PostgreSQL ended the statement for another's sake: it met others in a circle, or waited for them too long. */
const GIVEN_UP = /^(40001|40P01|55P03|57014)$/;
const NETWORK_AWAY = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;
/** The driver's own words, which have no code; the last two are TypeORM's, when a transaction has lost its connection. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query runner already released|Database connection provided by a query runner was already released)/;

/** The database did not answer; whether it did what was asked, nobody knows. */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const said = codeOf(error);
  return SERVER_AWAY.test(said) || NETWORK_AWAY.test(said) || CONNECTION_LOST.test(error.message);
}

/** The transaction was undone because of what others did at that moment: the same, a moment later, may well be done. */
export function isGivenUpForOthers(error: unknown): boolean {
  return error instanceof Error && GIVEN_UP.test(codeOf(error));
}

function codeOf(error: Error & { driverError?: { code?: string }; code?: string }): string {
  return error.driverError?.code ?? error.code ?? '';
}
