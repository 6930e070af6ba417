/**
 * `scheduled`: it is charged by itself, now or on its day. `collecting`: a payment is under way. `action_needed`: nothing
 * is charged until the payer has done something.
 */
export type InstalmentStatus = 'scheduled' | 'collecting' | 'action_needed' | 'paid' | 'cancelled';

/** Why the payer must do something. */
export type InstalmentReason =
  /** The bank wants to see the payer. */
  | 'authentication_required'
  /** The bank declined, and would decline again. */
  | 'declined'
  /** The saved method cannot be charged. */
  | 'method_unusable'
  /** The bank took the money back. */
  | 'returned';

/** Every legal change of an instalment's status. A paid one is due again when the bank takes the money back; given back, it may end with its plan. */
export const INSTALMENT_EDGES: Readonly<Record<InstalmentStatus, readonly InstalmentStatus[]>> = {
  scheduled: ['collecting', 'action_needed', 'paid', 'cancelled'],
  collecting: ['scheduled', 'action_needed', 'paid'],
  action_needed: ['scheduled', 'collecting', 'paid', 'cancelled'],
  paid: ['action_needed', 'cancelled'],
  cancelled: [],
};

export function canBecome(from: InstalmentStatus, to: InstalmentStatus): boolean {
  return INSTALMENT_EDGES[from].includes(to);
}
