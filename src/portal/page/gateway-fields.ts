import type { StartedSetup } from './api.js';
import { settings } from './settings.js';

/** A gateway's own fields in our page: they live in frames of the gateway, and what is typed goes to it alone. */
export interface GatewayFields {
  /** They draw themselves, once they are in the page; resolves when they can be typed into. */
  draw(): Promise<void>;
  /** Gives the card to the gateway: what is wrong with it, or what has to be brought along to have it saved. */
  save(): Promise<{ problem: string } | { returned: string | null }>;
}

export type OpenFields = (setup: StartedSetup, place: HTMLElement) => GatewayFields;

const LOAD_TIMEOUT_MS = 20_000;
let script: Promise<void> | null = null;

/** The gateway's script, from the gateway's own address, when it is first needed. */
export function loadGatewayScript(): Promise<void> {
  const { gatewayScript } = settings();
  if (!gatewayScript) throw new Error('There is nothing at this address.');
  script ??= new Promise<void>((resolve, reject) => {
    const element = document.createElement('script');
    const fail = () => {
      script = null;
      element.remove();
      reject(unavailable());
    };
    const timer = setTimeout(fail, LOAD_TIMEOUT_MS);
    element.addEventListener('error', fail);
    element.addEventListener('load', () => {
      clearTimeout(timer);
      resolve();
    });
    element.async = true;
    element.src = gatewayScript;
    document.head.append(element);
  });
  return script;
}

export function unavailable(): Error {
  return new Error('The payment provider’s fields could not be loaded. Check your connection and try again.');
}
