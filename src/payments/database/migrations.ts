import { FirstTables1763800000000 } from './migrations/1763800000000-first-tables.js';
import { SealedTokens1763800100000 } from './migrations/1763800100000-sealed-tokens.js';
import { SealedColumns1763800200000 } from './migrations/1763800200000-sealed-columns.js';
import { DeletionByFunction1764050000000 } from './migrations/1764050000000-deletion-by-function.js';
import { SavedMethodsForLife1764000000000 } from './migrations/1764000000000-saved-methods-for-life.js';
import { Residence1764110000000 } from './migrations/1764110000000-residence.js';
import { SealedAuditLog1764100000000 } from './migrations/1764100000000-sealed-audit-log.js';
import { QuarantinedEvents1764150000000 } from './migrations/1764150000000-quarantined-events.js';
import { ErasureAndRetention1764200000000 } from './migrations/1764200000000-erasure-and-retention.js';
import { MovedMethods1764450000000 } from './migrations/1764450000000-moved-methods.js';
import { OperatorsPage1764500000000 } from './migrations/1764500000000-operators-page.js';
import { EventEndpoints1764420000000 } from './migrations/1764420000000-event-endpoints.js';
import { GatewayRequests1764250000000 } from './migrations/1764250000000-gateway-requests.js';
import { RefundRequests1764300000000 } from './migrations/1764300000000-refund-requests.js';
import { WayBack1764310000000 } from './migrations/1764310000000-way-back.js';
import { FailedRefunds1764600000000 } from './migrations/1764600000000-failed-refunds.js';
import { RefundFailedAt1764650000000 } from './migrations/1764650000000-refund-failed-at.js';
import { DismissedEvents1764660000000 } from './migrations/1764660000000-dismissed-events.js';
import { PayersTime1764550000000 } from './migrations/1764550000000-payers-time.js';
import { NewsToldOnce1764350000000 } from './migrations/1764350000000-news-told-once.js';

/** Every change of payments' schema, in the order in which they are applied. */
export const PAYMENTS_MIGRATIONS = [
  FirstTables1763800000000,
  SealedTokens1763800100000,
  SealedColumns1763800200000,
  SavedMethodsForLife1764000000000,
  DeletionByFunction1764050000000,
  SealedAuditLog1764100000000,
  Residence1764110000000,
  QuarantinedEvents1764150000000,
  ErasureAndRetention1764200000000,
  GatewayRequests1764250000000,
  RefundRequests1764300000000,
  WayBack1764310000000,
  NewsToldOnce1764350000000,
  EventEndpoints1764420000000,
  MovedMethods1764450000000,
  OperatorsPage1764500000000,
  PayersTime1764550000000,
  FailedRefunds1764600000000,
  RefundFailedAt1764650000000,
  DismissedEvents1764660000000,
];
