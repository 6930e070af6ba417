import { Problem, Unreachable } from './api.js';
import { announce, focusOn, h, notice } from './dom.js';
import { expireSession } from './session.js';
import { reload } from './places.js';

/** Tells of a call that failed, at the top of what is shown, and leaves the rest as it is. */
export async function failed(error: unknown): Promise<void> {
  if (isSignedOut(error)) {
    expireSession();
    return reload();
  }
  document.querySelector('main > .notice.failure')?.remove();
  const shown = notice('bad', 'That did not work', h('p', {}, textOf(error)));
  shown.classList.add('failure');
  document.querySelector('main')?.prepend(shown);
  announce('');
  focusOn(shown.querySelector('h2'));
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

/** What to tell the payer of an error: the API's own words where it has some. */
export function textOf(error: unknown): string {
  if (error instanceof Problem) {
    const wait = error.retryAfterSeconds === null ? '' : ` Please wait ${error.retryAfterSeconds} s first.`;
    const quote = error.status >= 500 && error.requestId ? ` (Reference: ${error.requestId})` : '';
    return `${error.message}${wait}${quote}`;
  }
  if (error instanceof Unreachable) return error.message;
  return error instanceof Error ? error.message : 'Something went wrong on this page. Load it again.';
}
