import { refuseCardDataFields, refuseCardNumberIn } from '../card-data/card-data-guard.js';
import { Problem } from '../problem/problem.js';

/** The deepest legal request has two levels; what goes on deeper costs stack and says nothing. */
const LEVELS_MAX = 10;

/** Parses JSON and refuses what no route may be given. @throws Problem */
export function parseJson(text: string): unknown {
  refuseCardNumberIn(text); // before it is parsed: numbers lose digits, and of two fields of one name one is lost
  const value = parsed(text);
  inspect(value, []);
  refuseCardDataFields(value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('malformed_body', 'The body is not valid JSON. Correct it and send it again.');
  }
}

function inspect(value: unknown, path: string[]): void {
  if (path.length > LEVELS_MAX)
    throw new Problem('malformed_body', 'The body is nested too deeply. Correct it and send it again.');
  if (typeof value === 'string' && value.includes('\0'))
    throw wrongField(path.join('.') || 'the body', 'must not hold a null character');
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    // `__proto__`, `constructor` and the like: validation would pass over them, as every object has them.
    if (name in Object.prototype)
      throw wrongField([...path, name].join('.'), 'is not a field of this request');
    path.push(name);
    inspect(inner, path);
    path.pop();
  }
}

function wrongField(path: string, message: string): Problem {
  const detail = `Correct these fields and send the request again: ${path}.`;
  return new Problem('validation_failed', detail, [{ path, message: `${path} ${message}` }]);
}
