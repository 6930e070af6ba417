import { page } from './html.js';

/** The issuer's page: the payer says yes, or no. */
export function authenticationPage(id: string): string {
  return page(
    'Confirm with your bank',
    `<h1>Confirm with your bank</h1>
<p class="note">Test page of the sandbox gateway, in the place of the card issuer's 3-D Secure page.</p>
<form method="post" action="/authentications/${id}">
<button type="submit" name="outcome" value="succeed">Complete authentication</button>
<button type="submit" name="outcome" value="fail" class="second">Fail authentication</button>
</form>`,
  );
}

/** Inside a frame, the page around it is told; alone, the payer reads that it is done. */
export function answeredPage(id: string): string {
  return page(
    'Done',
    `<h1>Done</h1><p>You can close this page.</p>
<script src="/js/answered.js" data-challenge="${id}"></script>`,
  );
}
