/**
 * Classes of PostgreSQL's errors that say nothing about a statement: the connection broke, the server ends, starts, or has
 * no room for one more. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SERVER_AWAY = /^(08...|57P0[123]|53300)$/;
const NETWORK_AWAY = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;
/** The driver's own words, which have no code; the last two are TypeORM's, when a transaction has lost its connection. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query runner already released|Database connection provided by a query runner was already released)/;

/** The database did not answer; whether it did what was asked, nobody knows. */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { driverError, code } = error as Error & { driverError?: { code?: string }; code?: string };
  const said = driverError?.code ?? code ?? '';
  return SERVER_AWAY.test(said) || NETWORK_AWAY.test(said) || CONNECTION_LOST.test(error.message);
}
