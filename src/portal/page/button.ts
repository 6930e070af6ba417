import { type Attributes, h } from './dom.js';
import { failed } from './failed.js';

/** A button that does one thing at a time: while its work is going on, it cannot be pressed again. What fails is told. */
export function button(label: string, work: () => unknown, attributes: Attributes = {}): HTMLButtonElement {
  const element = h('button', { type: 'button', class: 'button', ...attributes }, label);
  const press = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      await failed(error);
    } finally {
      element.removeAttribute('aria-disabled');
    }
  };
  element.addEventListener('click', () => {
    if (element.getAttribute('aria-disabled') === 'true') return;
    // Not `disabled`, which would take the keyboard's focus away.
    element.setAttribute('aria-disabled', 'true');
    void press();
  });
  return element;
}
