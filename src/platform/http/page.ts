import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

const PAGE_DEFAULT = 20;
/** A page that still renders and transfers in a blink. */
const PAGE_MAX = 100;

/** One page of a list, the newest first. */
export class PageQuery {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit: number = PAGE_DEFAULT;

  /** `nextCursor` of the page before. */
  @IsOptional()
  @IsUUID()
  cursor?: string;
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** Reads one row more than asked for, to know whether another page follows. */
export async function pageOf<T extends { id: string }, V>(
  query: PageQuery,
  read: (page: { limit: number; after?: string }) => Promise<T[]>,
  view: (row: T) => V,
): Promise<Page<V>> {
  const rows = await read({ limit: query.limit + 1, after: query.cursor });
  const shown = rows.slice(0, query.limit);
  const nextCursor = rows.length > query.limit ? (shown.at(-1)?.id ?? null) : null;
  return { data: shown.map(view), nextCursor };
}
