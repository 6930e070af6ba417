/** PostgreSQL's bigint arrives as text; amounts stay far below 2^53. */
export const bigintAsNumber = {
  from: (value: string | null): number | null => (value === null ? null : Number(value)),
  to: (value: number | null): number | null => value,
};
