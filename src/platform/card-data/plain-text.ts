import { foldedCharacter, UNSEEN } from './characters.js';

/** A text as one byte for each character that can be seen, and where in the original each of them was. */
export interface PlainText {
  bytes: Uint8Array;
  /** Of each byte, and one more: the end. Null where it is the same place, or nobody asks for places. */
  at: Uint32Array | null;
  length: number;
}

/** The texts of requests and log lines are shorter; their room is used again and again, as nothing here waits. */
const KEPT = 64 * 1024;
const kept: PlainText[] = [];
const encoder = new TextEncoder();

/** What is asked of a text. Places take four times the room of what stands there: a long text has them only where they are wanted. */
export type Wanted = 'answer' | 'places';

/** Room for a text of so many characters. A text lives until the next one of the same layer. */
export function roomFor(characters: number, layer: number, wanted: Wanted): PlainText {
  if (characters > KEPT) return newRoom(characters, wanted);
  const room = (kept[layer] ??= newRoom(KEPT, 'places'));
  room.length = 0;
  return room;
}

function newRoom(characters: number, wanted: Wanted): PlainText {
  const at = wanted === 'places' ? new Uint32Array(characters + 1) : null;
  return { bytes: new Uint8Array(characters), at, length: 0 };
}

/** Every digit as an ASCII digit, every separator as one that ASCII knows; what cannot be seen is left out. */
export function plainTextOf(text: string, wanted: Wanted): PlainText {
  const { bytes, at } = roomFor(text.length, 0, wanted);
  const { read, written } = encoder.encodeInto(text, bytes);
  const isAscii = read === text.length && written === text.length;
  return isAscii ? { bytes, at: null, length: written } : folded(text, bytes, at);
}

function folded(text: string, bytes: Uint8Array, at: Uint32Array | null): PlainText {
  let length = 0;
  for (let place = 0; place < text.length; place++) {
    let code = text.charCodeAt(place);
    const start = place;
    if (code >= 128) {
      if (code >= 0xd800 && code < 0xdc00) {
        code = text.codePointAt(place)!;
        if (code > 0xffff) place++;
      }
      code = foldedCharacter(code);
      if (code === UNSEEN) continue;
    }
    if (at) at[length] = start;
    bytes[length++] = code;
  }
  if (at) at[length] = text.length;
  return { bytes, at, length };
}
