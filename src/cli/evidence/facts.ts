import type { AuditFacts, AuditVerification, PaymentsStatus } from '../../payments/payments.operations.js';
import type { DatabaseFacts } from '../../platform/postgres/database-facts.js';
import type { PageFact, RouteFact } from './http-facts.js';
import type { Records } from './records.js';

/** All that was looked at, at one moment. */
export interface Facts {
  at: string;
  program: { version: string; node: string; production: boolean };
  operator: string;
  settings: {
    gateways: string[];
    paymentFields: string;
    gatewayScript: string | null;
    issuer: string | null;
    isolation: string;
  };
  application: DatabaseFacts;
  payments: DatabaseFacts;
  paymentsStatus: PaymentsStatus;
  routes: RouteFact[];
  pages: PageFact[];
  /** What the program calls, or sends browsers to. */
  egressHosts: string[];
  audit: AuditVerification & AuditFacts;
  components: { count: number; reason: string };
  records: Records;
}
