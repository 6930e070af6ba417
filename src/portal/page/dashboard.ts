import { Problem } from './api.js';
import { attentionLists } from './attention-lists.js';
import { button } from './button.js';
import { announce, h, notice } from './dom.js';
import { failed, isSignedOut, textOf } from './failed.js';
import { type Attention, operations, type Summary, utc, type Window, WINDOWS } from './operations-api.js';
import { paymentsPanel } from './payments-panel.js';
import { declinesPanel, moneyPanel, standingPanel } from './panels.js';

const REFRESH_MS = 15_000;
/** Three refreshes without an answer: what is shown is no longer how things stand. */
const STALE_MS = 3 * REFRESH_MS;
/** The list is recorded each time that it is read: while the numbers say that it is the same, it is read this seldom. */
const LIST_AGAIN_MS = 5 * 60_000;

/** How payments stand, looked at again and again without moving what somebody reads. */
export function dashboard(): { content: Node[]; look: (window: Window) => void; end: () => void } {
  const trouble = h('div', { class: 'trouble' });
  const freshness = h('p', { class: 'quiet freshness' }, 'Loading …');
  const windows = h('nav', { 'aria-label': 'How far back', class: 'windows' });
  const panels = h('div', { class: 'panels', hidden: true });
  const lists = h('div', { class: 'panels' });
  const standing = standingPanel();
  const payments = paymentsPanel();
  const declines = declinesPanel();
  const money = moneyPanel();
  panels.append(
    standing.element,
    payments.element,
    h('div', { class: 'side-by-side' }, declines.element, money.element),
    h('section', { class: 'panel' }, h('h2', { id: 'person', tabindex: -1 }, 'What needs a person'), lists),
  );
  const content = [
    h('h1', { tabindex: -1 }, 'Operations'),
    h('div', { class: 'bar-of-page' }, windows, freshness),
    trouble,
    panels,
  ];

  let window: Window = '24h';
  let answeredAt = 0;
  let shownAt: string | null = null;
  let isAway = false;
  let isOver = false;
  let timer = 0;
  let asked = 0;
  let listed: { counts: string; at: number } | null = null;

  function look(wanted: Window): void {
    window = wanted;
    windows.replaceChildren(
      ...Object.entries(WINDOWS).map(([key, name]) => linkTo(key, name, key === window)),
    );
    void refresh();
  }

  async function refresh(): Promise<void> {
    clearTimeout(timer);
    const own = ++asked; // an answer for another window, or an older one, is not shown
    let pauseMs = REFRESH_MS;
    try {
      const summary = await operations.summary(window);
      if (own !== asked || isOver) return;
      show(summary);
      await list(summary);
      if (own === asked) back(summary);
    } catch (error) {
      if (own !== asked || isOver) return;
      if (isSignedOut(error)) return failed(error);
      if (error instanceof Problem && error.status === 403) return refused(error);
      if (error instanceof Problem) pauseMs = Math.max(pauseMs, (error.retryAfterSeconds ?? 0) * 1_000);
      away(error);
    }
    if (own === asked && !isOver) timer = setTimeout(() => void whenSeen(), pauseMs);
  }

  /** Nobody looks at a hidden tab, and each look costs; it is caught up with as soon as it is seen. */
  function whenSeen(): void {
    if (document.visibilityState === 'visible' && content[0]!.isConnected) void refresh();
  }

  function show(summary: Summary): void {
    const counts = new Map(summary.attention.map(({ why, count }) => [why, count]));
    standing.show(summary, counts);
    payments.show(summary, WINDOWS[window]);
    declines.show(summary);
    money.show(summary);
    panels.hidden = false;
  }

  async function list({ attention }: Summary): Promise<void> {
    const counts = JSON.stringify(attention);
    const isNone = attention.every(({ count }) => count === 0);
    if (listed?.counts === counts && (isNone || Date.now() < listed.at + LIST_AGAIN_MS)) return;
    const rows: Attention[] = isNone ? [] : (await operations.attention()).data;
    listed = { counts, at: Date.now() };
    const shown = attentionLists(rows, new Map(attention.map(({ why, count }) => [why, count])));
    lists.replaceChildren(
      ...(shown.length > 0 ? shown : [h('p', { class: 'empty' }, 'Nothing needs a person.')]),
    );
  }

  function back({ at }: Summary): void {
    answeredAt = Date.now();
    shownAt = at;
    freshness.textContent = `As of ${utc(at)} UTC; looked at again every ${REFRESH_MS / 1_000} s`;
    if (isAway) announce('The service answers again.');
    isAway = false;
    trouble.replaceChildren();
    panels.classList.remove('stale');
  }

  function away(error: unknown): void {
    const heading = shownAt ? `What is shown is from ${utc(shownAt)} UTC` : 'There is nothing to show yet';
    const words = h('p', {}, `${textOf(error)} This page goes on asking by itself.`);
    const again = h(
      'p',
      { class: 'actions' },
      button('Ask now', () => refresh(), { class: 'button second' }),
    );
    if (!isAway || trouble.childElementCount === 0) {
      trouble.replaceChildren(notice('waiting', heading, words, again));
      announce(`${heading}. ${words.textContent}`);
    }
    isAway = true;
    if (shownAt === null) freshness.textContent = 'No answer yet';
    panels.classList.add('stale');
  }

  function refused(error: Problem): void {
    freshness.textContent = '';
    panels.hidden = true;
    trouble.replaceChildren(notice('bad', 'You cannot see this', h('p', {}, textOf(error))));
  }

  const watch = setInterval(() => {
    const isLate = answeredAt > 0 && Date.now() > answeredAt + STALE_MS;
    if (isLate && !isAway && document.visibilityState === 'visible' && content[0]!.isConnected)
      away(new Error('The answer takes unusually long.'));
  }, REFRESH_MS / 3);
  document.addEventListener('visibilitychange', whenSeen);

  return {
    content,
    look,
    end: () => {
      isOver = true;
      clearTimeout(timer);
      clearInterval(watch);
      document.removeEventListener('visibilitychange', whenSeen);
    },
  };
}

function linkTo(key: string, name: string, isCurrent: boolean): HTMLElement {
  return h('a', { href: `#/${key}`, 'aria-current': isCurrent ? 'true' : null }, name);
}
