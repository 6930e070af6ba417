export type InvoiceStatus = 'open' | 'paid' | 'void';

/** Every legal change of an invoice's status. A paid one is open again when the bank takes the money back. */
export const INVOICE_EDGES: Readonly<Record<InvoiceStatus, readonly InvoiceStatus[]>> = {
  open: ['paid', 'void'],
  paid: ['open'],
  void: [],
};

/** Where an invoice must stand to become this; the update asks for it in its condition. */
export function statusesBefore(target: InvoiceStatus): InvoiceStatus[] {
  return (Object.keys(INVOICE_EDGES) as InvoiceStatus[]).filter((status) =>
    INVOICE_EDGES[status].includes(target),
  );
}
