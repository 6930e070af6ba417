import type { Payments } from './payments.contract.js';

/**
 * What the contract's `Payments` resolves to: its methods and nothing else. Whoever looks into it finds neither a class
 * nor a service to go on from, and whoever would put a method of their own in its place is refused.
 */
export function doorOf(inside: Payments): Payments {
  const door: { [method in keyof Payments]: Payments[method] } & { __proto__: null } = {
    __proto__: null,
    charge: (request) => inside.charge(request),
    repeatOf: (requester) => inside.repeatOf(requester),
    cancel: (paymentId, requester) => inside.cancel(paymentId, requester),
    read: (paymentId, payerId) => inside.read(paymentId, payerId),
    paymentMethods: (payerId) => inside.paymentMethods(payerId),
    paymentMethod: (id, payerId) => inside.paymentMethod(id, payerId),
    declareUse: (use) => inside.declareUse(use),
    endUse: (name) => inside.endUse(name),
    subscribe: (listenerName, listener) => inside.subscribe(listenerName, listener),
  };
  for (const method of Object.values(door)) Object.freeze(method);
  return Object.freeze(door);
}
