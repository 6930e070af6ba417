import type { Locator, Page } from 'playwright-core';
import type { GatewayName } from '../support/gateways.js';

/** A gateway's card fields in our page. */
interface Fields {
  /** Number, expiry and security code, in this order. */
  in(page: Page): Locator[];
  /** While a card is saved, its script lays the page of the card's bank over ours; else the window goes there. */
  laysBankOver: boolean;
}

export const FIELDS: Record<GatewayName, Fields> = {
  stripe: {
    in: (page) => {
      const frame = page.frameLocator('.gateway-fields iframe');
      return ['Card number', 'Expiration date', 'Security code'].map((label) => frame.getByLabel(label));
    },
    laysBankOver: true,
  },
  adyen: {
    in: framesCalled('Card number', 'Expiry date', 'Security code'),
    laysBankOver: false,
  },
  braintree: {
    in: framesCalled('Secure field: number', 'Secure field: expirationDate', 'Secure field: cvv'),
    laysBankOver: false,
  },
};

/** One frame for each field, by what the frames are called. */
function framesCalled(...titles: string[]): Fields['in'] {
  return (page) => titles.map((title) => page.frameLocator(`iframe[title="${title}"]`).locator('input'));
}
