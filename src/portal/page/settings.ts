/** What the application says of itself at `/portal/settings.json`. */
export interface Settings {
  fields: 'redirect' | 'embedded';
  /** Null: none can be added here. */
  bankAccounts: 'redirect' | 'embedded' | null;
  gatewayScript: string | null;
  /** Most instalments that an invoice may be paid in. */
  instalmentsMax: number;
  signIn:
    | { kind: 'development' }
    | { kind: 'issuer'; issuer: string; clientId: string; audience: string }
    | { kind: 'none' };
}

let loaded: Settings | null = null;

/** Once, before anything is shown. */
export async function loadSettings(): Promise<void> {
  if (loaded) return;
  const answer = await fetch('/portal/settings.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error('The page cannot begin: its settings did not come. Load it again.');
  loaded = (await answer.json()) as Settings;
}

export function settings(): Settings {
  if (!loaded) throw new Error('The settings are not loaded yet');
  return loaded;
}
