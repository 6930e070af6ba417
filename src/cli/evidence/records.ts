import { readFileSync } from 'node:fs';

/** What only people can know, with the day on which they knew it: docs/compliance/records.example.json. */
export interface Records {
  merchant: string;
  isServiceProvider: boolean;
  policiesReviewedOn: string | null;
  retentionVerifiedOn: string | null;
  vulnerabilitiesReviewedOn: string | null;
  identityProviderReviewedOn: string | null;
  mediaReviewedOn: string | null;
  incidentPlanTriedOn: string | null;
  lastSignificantChangeOn: string | null;
  lastScan: { on: string | null; vendor: string | null; passed: boolean | null };
  lastSelfAssessmentOn: string | null;
  /** Of the merchant itself, and so no provider's: its mail server, what takes its events. */
  ownHosts?: string[];
  serviceProviders: {
    name: string;
    services: string;
    hosts: string[];
    examinedOn: string | null;
    agreementOn: string | null;
    attestationOn: string | null;
    responsibilities: Record<string, string>;
  }[];
}

/** `refuse` is told what is wrong with the file. */
export function readRecords(file: string, refuse: (problem: string) => never): Records {
  const records = parsed(file, refuse);
  if (!Array.isArray(records?.serviceProviders) || typeof records.lastScan !== 'object')
    return refuse('it has not the form of docs/compliance/records.example.json');
  return records;
}

function parsed(file: string, refuse: (problem: string) => never): Records | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Records | null;
  } catch (error) {
    return refuse(`it cannot be read as JSON: ${(error as Error).message}`);
  }
}

/** Whether a record is there and young enough, in words. */
export function dated(
  what: string,
  on: string | null,
  daysMax: number,
  now: Date,
): { fresh: boolean; words: string } {
  if (!on) return { fresh: false, words: `${what}: there is no record` };
  const days = Math.floor((now.getTime() - Date.parse(on)) / 86_400_000);
  const fresh = days >= 0 && days <= daysMax;
  return {
    fresh,
    words: `${what}: recorded for ${on}${fresh ? '' : `, which is not within the last ${daysMax} days`}`,
  };
}
