import { focusOn, h } from './dom.js';

/** Leads to a list further down: the part after `#` is a place of the page, not an anchor. */
export function toList(id: string, text: string): HTMLElement {
  const link = h('a', { href: '#/' }, text);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    focusOn(document.getElementById(id));
  });
  return link;
}
