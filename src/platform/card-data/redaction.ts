import { cardNumbersIn } from './card-data.js';

const REMOVED = '[card number removed]';

/** The text without its card numbers, for a place that must not be refused: a log line, an error. */
export function withoutCardNumbers(text: string): string {
  const places = cardNumbersIn(text, 'remove');
  if (places.length === 0) return text;
  let kept = '';
  let end = 0;
  for (const place of places) {
    if (place.start >= end) kept += text.slice(end, place.start) + REMOVED;
    end = Math.max(end, place.end);
  }
  return kept + text.slice(end);
}

/** A line as it may be written; nothing at all where that cannot be told. */
export function loggableLine(line: string): string {
  try {
    return withoutCardNumbers(line);
  } catch {
    return '';
  }
}
