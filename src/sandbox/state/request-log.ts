/** One call as it was answered, for tests that ask what reached the gateway. */
export interface RequestNote {
  id: string;
  at: string;
  method: string;
  path: string;
  idempotency_key: string | null;
  status: number;
  is_replay: boolean;
  fault: string | null;
}

const KEPT_MAX = 1_000;

/** The latest calls, in memory only. */
export class RequestLog {
  private notes: RequestNote[] = [];

  add(note: RequestNote): void {
    this.notes.push(note);
    if (this.notes.length >= 2 * KEPT_MAX) this.notes = this.notes.slice(-KEPT_MAX);
  }

  all(): RequestNote[] {
    return this.notes.slice(-KEPT_MAX);
  }
}
