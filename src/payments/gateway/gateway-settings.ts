/** What its own variables say of one gateway. */
export interface GatewaySettings {
  /** Its key is the sandbox's, which everybody knows. */
  readonly hasSandboxKey: boolean;
  readonly mode: 'test' | 'live';
  /** The variable that says so. */
  readonly modeSetting: string;
  /** A server of the gateway's shape that its calls go to instead. */
  readonly elsewhere: string | undefined;
  /** Its own hosts: where its calls go, and the page that browsers are sent to where that is known before. */
  readonly hosts: readonly string[];
  /** What a payer sees of it by default: not every gateway has a page of its own. */
  readonly fields: 'redirect' | 'embedded';
  /** What the sandbox needs to tell its news in the gateway's words. */
  readonly sandboxWebhook: Record<string, string>;
  /** Contradictions, by the variable that has to be set right. */
  wrong(chosen: Chosen, isProduction: boolean): Record<string, string>;
}

/** What is chosen for all gateways, as far as one of them may contradict it. */
export interface Chosen {
  PAYMENT_GATEWAY: string;
  PAYMENT_FIELDS?: 'redirect' | 'embedded';
  SANDBOX_PORT: string;
}
