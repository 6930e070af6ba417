// What other modules may know of accounts.

/** A person of the development data set, to sign in as. */
export interface DevelopmentStudent {
  subject: string;
  name: string;
  payerId: string;
}

/** Students that exist wherever development tokens are allowed. */
export const DEVELOPMENT_STUDENTS: readonly DevelopmentStudent[] = [
  { subject: 'ada', name: 'Ada Okafor', payerId: 'payer-ada' },
  { subject: 'ben', name: 'Ben Lindqvist', payerId: 'payer-ben' },
  { subject: 'chiara', name: 'Chiara Russo', payerId: 'payer-chiara' },
];

/** How a payer is addressed. */
export interface Contact {
  name: string;
  email: string;
}

/** Where mail for a payer goes. Inject it by this class. */
export abstract class Contacts {
  /** Null when nobody has said where this payer is reached. */
  abstract of(payerId: string): Promise<Contact | null>;
}
