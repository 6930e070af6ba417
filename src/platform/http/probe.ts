/** Whether this is a question of those who watch the program: they ask every few seconds, without a token, from nearby. */
export function isProbe(request: { routeOptions: { url?: string } }): boolean {
  return /^\/(health\/|metrics$)/.test(request.routeOptions.url ?? '');
}
