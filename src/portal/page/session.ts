/** What the page remembers: in this tab only, until it is closed or the payer signs out. */

const TOKEN = 'tokenkeep.token';
const NOTE = 'tokenkeep.note';

export function tokenOf(): string | null {
  return sessionStorage.getItem(TOKEN);
}

export function beginSession(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

/** Forgets everything that belongs to the payer; `note` is what the sign-in page says about it. */
export function endSession(note?: string): void {
  sessionStorage.clear();
  if (note) sessionStorage.setItem(NOTE, note);
}

/** The token ran out: sign in again, and go on; what was under way is not forgotten. */
export function expireSession(): void {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.setItem(NOTE, 'Your session has ended. Sign in again to go on where you were.');
}

export function takeNote(): string | null {
  const note = sessionStorage.getItem(NOTE);
  sessionStorage.removeItem(NOTE);
  return note;
}

/** Who is signed in, for display only: the API verifies the token, not the page. */
export function nameOf(token: string): string {
  try {
    const claims = claimsOf(token);
    return [claims['name'], claims['preferred_username'], claims['sub']].find(
      (it) => typeof it === 'string',
    ) as string;
  } catch {
    return 'Signed in';
  }
}

function claimsOf(token: string): Record<string, unknown> {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}
