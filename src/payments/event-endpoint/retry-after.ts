/**
 * The longest that a receiver's own wish is followed: long enough for a maintenance window, and short enough that a date that was
 * written wrongly holds its events back no longer than that.
 */
export const RETRY_AFTER_SECONDS_MAX = 60 * 60;

/**
 * How long somebody asks to be left alone: seconds, or a date. Null for neither, and for what has passed.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function secondsOf(retryAfter: string | undefined, now = Date.now()): number | null {
  if (!retryAfter) return null;
  const asked = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1_000;
  return asked > 0 ? Math.min(asked, RETRY_AFTER_SECONDS_MAX) : null;
}
