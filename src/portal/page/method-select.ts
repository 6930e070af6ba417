import type { PaymentMethod } from './api.js';
import { h } from './dom.js';
import { methodName } from './format.js';

/** A choice of the methods that can be charged; null when there is none. */
export function methodSelect(
  methods: PaymentMethod[],
  id: string,
  chosen: string | null,
): HTMLSelectElement | null {
  const usable = methods.filter((it) => it.status === 'active');
  if (usable.length === 0) return null;
  const preferred = usable.find((it) => it.id === chosen) ?? usable.find((it) => it.isDefault) ?? usable[0];
  return h(
    'select',
    { id, name: id },
    ...usable.map((it) => h('option', { value: it.id, selected: it === preferred }, methodName(it))),
  );
}
