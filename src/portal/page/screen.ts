/** What one place of the page shows. */
export interface Screen {
  title: string;
  /** Which entry of the navigation it belongs to. */
  section: 'invoices' | 'plans' | 'wallet' | null;
  content: (Node | null)[];
  /** Called once the content is in the page. */
  shown?: () => void;
}

/** Builds a screen. `signal` ends what goes on in it (asking again and again) when the payer leaves. */
export type Show = (signal: AbortSignal) => Promise<Screen>;

/** Waits, unless the payer leaves first; false then. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const leave = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', leave, { once: true });
  });
}
