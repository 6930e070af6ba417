import type { Dom } from './dom.js';

// The payer answered the issuer inside a frame of Stripe.js: tell it, so that it closes the frame.
(() => {
  const { document, window } = globalThis as unknown as Dom;
  const challenge = document.currentScript?.dataset.challenge;
  if (window.parent !== window) window.parent.postMessage({ sandboxAnswered: challenge }, '*');
})();
