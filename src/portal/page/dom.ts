type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);
export type Attributes = Record<string, Attribute>;

/** An element with its attributes, listeners (`onclick`: a function) and children. Text is always text, never HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice('on'.length), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** A link that looks like a button. */
export function linkButton(label: string, href: string, kind = ''): HTMLAnchorElement {
  return h('a', { class: `button ${kind}`.trim(), href }, label);
}

export type Tone = 'good' | 'bad' | 'waiting' | 'note';

/** A boxed message with a heading that can take the focus, so that a screen reader reads on from it. */
export function notice(tone: Tone, heading: string, ...children: Child[]): HTMLElement {
  return h(
    'section',
    { class: `notice ${tone}`, role: tone === 'bad' ? 'alert' : null },
    h('h2', { tabindex: -1 }, heading),
    ...children,
  );
}

/** Moves the focus to a heading, and shows it. */
export function focusOn(element: Element | null | undefined): void {
  if (!(element instanceof HTMLElement)) return;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: 'nearest' });
}

/** Says something to screen readers without moving the focus. */
export function announce(text: string): void {
  const region = document.getElementById('announcer');
  if (region) region.textContent = text;
}
