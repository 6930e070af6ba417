const INVOICE = 'invoice:';
const INSTALMENT = 'instalment:';

/** What is being paid, as payments know it. */
export function obligationOf(invoice: { id: string }): string {
  return `${INVOICE}${invoice.id}`;
}

export function obligationOfInstalment(id: string): string {
  return `${INSTALMENT}${id}`;
}

/** The invoice that a payment pays whole, or null when it pays something else. */
export function invoiceIdOf(obligation: string): string | null {
  return obligation.startsWith(INVOICE) ? obligation.slice(INVOICE.length) : null;
}

/** Whether it is owed to billing; others may charge for what is theirs. */
export function isOurs(obligation: string): boolean {
  return obligation.startsWith(INVOICE) || obligation.startsWith(INSTALMENT);
}
