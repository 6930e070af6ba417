export class AutopayDto {
  /** What due invoices are charged to; null while autopay is off. */
  paymentMethodId: string | null;
  since: string | null;
}
