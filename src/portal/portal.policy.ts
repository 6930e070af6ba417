/** Where the page may load from and speak to; everything else is refused by the browser. */
export interface PagePolicy {
  gatewayScript: string | null;
  issuer: string | null;
}

/** Where a gateway's script, and what it draws, come from and speak to. */
interface Origins {
  script: string[];
  frame: string[];
  connect: string[];
  /** Looks and pictures of what is drawn into the page itself, outside of frames. */
  style?: string[];
  img?: string[];
}

/** Stripe's own list. https://docs.stripe.com/security/guide#content-security-policy */
const STRIPE: Origins = {
  script: ['https://js.stripe.com', 'https://*.js.stripe.com'],
  frame: ['https://js.stripe.com', 'https://*.js.stripe.com', 'https://hooks.stripe.com'],
  connect: ['https://api.stripe.com'],
};

/** Braintree's own list, for both of its environments. https://braintree.github.io/braintree-web/current/#content-security-policy */
const BRAINTREE: Origins = {
  script: ['https://js.braintreegateway.com', 'https://assets.braintreegateway.com'],
  frame: ['https://assets.braintreegateway.com'],
  connect: [
    'https://api.braintreegateway.com',
    'https://api.sandbox.braintreegateway.com',
    'https://client-analytics.braintreegateway.com',
    'https://client-analytics.sandbox.braintreegateway.com',
    'https://*.braintree-api.com',
  ],
};

/** By environment, as its script itself has them: https://github.com/Adyen/adyen-web/blob/main/packages/lib/src/core/Environment */
function adyensOf(environment: string): Origins {
  const [own, files, analytics] = [
    `https://checkoutshopper-${environment}.adyen.com`,
    `https://checkoutshopper-${environment}.cdn.adyen.com`,
    `https://checkoutanalytics-${environment}.adyen.com`,
  ];
  return { script: [own], frame: [own], connect: [own, files, analytics], style: [own], img: [own, files] };
}

/**
 * The Content-Security-Policy of the page. Without a gateway's script it is the strictest that a page can have, and
 * the DOM refuses text as code as well (trusted types); with one, exactly that gateway is added.
 */
export function contentSecurityPolicy({ gatewayScript, issuer }: PagePolicy): Record<string, string[]> {
  const gateway: Origins = gatewayScript ? originsOf(gatewayScript) : { script: [], frame: [], connect: [] };
  const connect = issuer ? [...gateway.connect, new URL(issuer).origin] : gateway.connect;
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'", ...gateway.script],
    'style-src': ["'self'", ...(gateway.style ?? [])],
    'img-src': ["'self'", ...(gateway.img ?? [])],
    'connect-src': ["'self'", ...connect],
    'frame-src': gateway.frame.length > 0 ? gateway.frame : ["'none'"],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"], // forms are sent by script; the way to the gateway's page is a link's, not a form's
    'frame-ancestors': ["'none'"],
    ...(gatewayScript ? {} : { 'require-trusted-types-for': ["'script'"], 'trusted-types': ["'none'"] }),
  };
}

function originsOf(script: string): Origins {
  const { origin, hostname } = new URL(script);
  if (hostname === 'js.stripe.com') return STRIPE;
  if (hostname === 'js.braintreegateway.com') return BRAINTREE;
  const [, environment] = /^checkoutshopper-([a-z-]+)\.adyen\.com$/.exec(hostname) ?? [];
  if (environment) return adyensOf(environment);
  return { script: [origin], frame: [origin], connect: [origin], style: [origin] };
}
