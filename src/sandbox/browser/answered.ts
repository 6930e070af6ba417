// The payer answered the issuer inside a frame of Stripe.js: tell it, so that it closes the frame.
(() => {
  const challenge = document.currentScript?.dataset.challenge;
  if (window.parent !== window) window.parent.postMessage({ sandboxAnswered: challenge }, '*');
})();
