import { dashboard } from './dashboard.js';
import { type Window, WINDOWS } from './operations-api.js';
import { currentPlace } from './places.js';
import { timelineScreen } from './payment-timeline.js';
import { startStaffPage } from './staff-page.js';
import { tokenOf } from './session.js';

let shown: { token: string | null; board: ReturnType<typeof dashboard> } | null = null;

startStaffPage({
  role: 'an operator',
  place: '#/operations',
  people: [
    { subject: 'otto', role: 'ops', name: 'Otto, operator' },
    { subject: 'fay', role: 'finance', name: 'Fay, finance' },
  ],
  content: () => {
    const [first, second] = currentPlace();
    if (first === 'payments' && second) return timelineScreen(second);
    // What is shown to one person is not left there for the next.
    if (shown?.token !== tokenOf()) {
      shown?.board.end();
      shown = { token: tokenOf(), board: dashboard() };
    }
    shown.board.look(isWindow(first) ? first : '24h');
    return shown.board.content;
  },
});

function isWindow(text: string | undefined): text is Window {
  return text !== undefined && Object.hasOwn(WINDOWS, text);
}
