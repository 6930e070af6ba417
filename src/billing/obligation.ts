const PREFIX = 'invoice:';

/** What is being paid, as payments know it. */
export function obligationOf(invoice: { id: string }): string {
  return `${PREFIX}${invoice.id}`;
}

/** The invoice that a payment is for, or null when it pays something else. */
export function invoiceIdOf(obligation: string): string | null {
  return obligation.startsWith(PREFIX) ? obligation.slice(PREFIX.length) : null;
}
