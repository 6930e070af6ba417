import { h } from './dom.js';
import { type OpenFields, unavailable } from './gateway-fields.js';

/** What we use of Braintree's script. https://braintree.github.io/braintree-web/current/module-braintree-web_hosted-fields.html */
interface HostedFields {
  tokenize(): Promise<{ nonce: string }>;
}
declare global {
  interface Window {
    braintree?: {
      hostedFields: {
        create(options: {
          authorization: string;
          fields: Record<string, { container: HTMLElement; placeholder?: string }>;
        }): Promise<HostedFields>;
      };
    };
  }
}

const FIELDS = {
  number: { label: 'Card number', placeholder: '1234 1234 1234 1234' },
  expirationDate: { label: 'Expiration date', placeholder: 'MM / YY' },
  cvv: { label: 'Security code', placeholder: 'CVC' },
};

/** A frame for each field. Together they give a nonce, which the server has saved as a card. */
export const braintreeFields: OpenFields = ({ clientSecret }, place) => {
  const { braintree } = window;
  if (!braintree || !clientSecret) throw unavailable();
  const fields = Object.fromEntries(
    Object.entries(FIELDS).map(([name, { label, placeholder }]) => {
      const container = h('div', { class: 'gateway-field' });
      place.append(h('p', { class: 'gateway-label' }, label), container);
      return [name, { container, placeholder }];
    }),
  );
  let hostedFields: HostedFields | null = null;
  return {
    draw: async () => {
      hostedFields = await braintree.hostedFields.create({ authorization: clientSecret, fields });
    },
    save: async () => {
      try {
        if (!hostedFields) return { problem: '' };
        const { nonce } = await hostedFields.tokenize();
        return { returned: new URLSearchParams({ payment_method_nonce: nonce }).toString() };
      } catch (error) {
        return { problem: error instanceof Error ? error.message : '' };
      }
    },
  };
};
