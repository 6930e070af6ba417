/** What we use of Braintree's SDK, which ships without types, as its source says (version 3.40.0). */
declare module 'braintree' {
  import type { Agent } from 'node:http';
  import type { Readable } from 'node:stream';

  const braintree: {
    BraintreeGateway: new (config: Credentials) => BraintreeSdk;
    Environment: EnvironmentConstructor;
  };
  export default braintree;

  export interface Credentials {
    environment: Environment;
    merchantId: string;
    publicKey: string;
    privateKey: string;
    customHttpAgent: Agent;
  }

  export interface Environment {
    server: string;
    port: string;
  }

  interface EnvironmentConstructor {
    new (
      server: string,
      port: string,
      authUrl: string,
      ssl: boolean,
      graphQLServer: string,
      graphQLPort: string,
    ): Environment;
    readonly Sandbox: Environment;
    readonly Production: Environment;
  }

  /** A request that broke a rule is no error: `success` is false, and what was made of it so far comes along. */
  export type Result<T> = T & {
    success: boolean;
    message?: string;
    errors?: { deepErrors(): { code: string; message: string }[] };
    transaction?: Transaction;
    verification?: Verification;
  };

  /** Every error that the SDK raises. */
  export interface SdkError extends Error {
    type: string;
  }

  export interface BraintreeSdk {
    config: { timeout: number; privateKey: string };
    clientToken: { generate(request: object): Promise<Result<{ clientToken: string }>> };
    customer: {
      create(request: object): Promise<Result<object>>;
      delete(id: string): Promise<void>;
    };
    paymentMethod: {
      create(request: object): Promise<Result<{ paymentMethod?: SavedMethod }>>;
      update(token: string, request: object): Promise<Result<{ paymentMethod?: SavedMethod }>>;
      find(token: string): Promise<SavedMethod>;
      delete(token: string): Promise<void>;
    };
    transaction: {
      sale(request: object): Promise<Result<object>>;
      find(id: string): Promise<Transaction>;
      search(criteria: (search: TransactionSearch) => void): Readable;
      submitForSettlement(id: string, amount: string, options: object): Promise<Result<object>>;
      void(id: string, options: object): Promise<Result<object>>;
      refund(id: string, options: object): Promise<Result<object>>;
    };
    usBankAccountVerification: {
      confirmMicroTransferAmounts(id: string, amounts: readonly number[]): Promise<Result<object>>;
    };
    dispute: {
      find(id: string): Promise<{ dispute: Dispute }>;
      search(criteria: (search: DisputeSearch) => void): Readable;
      addTextEvidence(id: string, request: { content: string }): Promise<Result<object>>;
      addFileEvidence(id: string, request: { documentId: string }): Promise<Result<object>>;
      finalize(id: string): Promise<Result<object>>;
      accept(id: string): Promise<Result<object>>;
    };
    documentUpload: {
      create(request: {
        kind: 'evidence_document';
        file: Readable;
      }): Promise<Result<{ documentUpload?: { id: string } }>>;
    };
    webhookNotification: {
      parse(signature: string, payload: string): Promise<Notification>;
      verify(challenge: string): string;
    };
  }

  export interface TransactionSearch {
    orderId(): { is(value: string): void };
    createdAt(): { min(value: Date): void };
    achReturnResponsesCreatedAt(): { min(value: Date): void };
  }
  export interface DisputeSearch {
    receivedDate(): { min(value: string): void };
  }

  /** https://developer.paypal.com/braintree/docs/reference/response/transaction/node */
  export interface Transaction {
    id: string;
    type: 'sale' | 'credit';
    status: string;
    amount: string;
    currencyIsoCode: string;
    orderId: string | null;
    createdAt: string;
    refundedTransactionId?: string | null;
    processorResponseCode?: string;
    gatewayRejectionReason?: string | null;
    statusHistory?: { status: string; amount: string }[];
    paymentInstrumentType?: string;
    /** Why the bank returned a debit, as Nacha numbers it. */
    achReturnCode?: string | null;
    processorSettlementResponseCode?: string;
  }

  /** https://developer.paypal.com/braintree/docs/reference/response/credit-card/node */
  export interface SavedCard {
    token: string;
    customerId: string;
    cardType?: string;
    last4: string;
    expirationMonth?: string;
    expirationYear?: string;
    uniqueNumberIdentifier?: string;
  }

  /** https://developer.paypal.com/braintree/docs/reference/response/us-bank-account/node */
  export interface SavedBankAccount {
    token: string;
    customerId: string;
    last4: string;
    routingNumber: string;
    bankName?: string;
    verified: boolean;
    verifications: BankVerification[];
  }

  export type SavedMethod = SavedCard | SavedBankAccount;

  /** https://developer.paypal.com/braintree/docs/reference/response/us-bank-account-verification/node */
  export interface BankVerification extends Verification {
    id: string;
    createdAt: string;
    verificationMethod: string;
  }

  export interface Verification {
    status: string;
    processorResponseCode?: string;
    gatewayRejectionReason?: string | null;
  }

  /** https://developer.paypal.com/braintree/docs/reference/response/dispute/node */
  export interface Dispute {
    id: string;
    status: string;
    kind: string;
    reason: string;
    amountDisputed: string;
    amountWon?: string;
    currencyIsoCode: string;
    createdAt: string;
    replyByDate?: string | null;
    transaction: { id: string; orderId?: string | null };
    evidence?: { comment?: string | null }[];
  }

  export interface Notification {
    kind: string;
    timestamp: string;
    transaction?: Transaction;
    dispute?: { id: string };
  }
}
