/**
 * A double-quoted text of Go (The Go Programming Language Specification, "String literals"): \x and octal
 * escapes are bytes of UTF-8, so several of them may make one character.
 */
const SIMPLE: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, "\\": 92, '"': 34 },
};
const PIECE =
  /([^\\\n]+)|\\(?:([abtnvfr\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/suy;
const CODE_POINT_MAX = 0x10ffff;

/** What a text with its quotes says; null when Go would not read it. */
export function unquote(literal: string): string | null {
  const inner = literal.slice(1, -1);
  const bytes: number[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < inner.length) {
    const found = PIECE.exec(inner);
    const piece = found === null ? null : bytesOf(found);
    if (piece === null) return null;
    bytes.push(...piece);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function bytesOf([, plain, simple, hex, short, long, octal]: RegExpExecArray): Iterable<number> | null {
  if (plain !== undefined) return new TextEncoder().encode(plain);
  if (simple !== undefined) return [SIMPLE[simple]!];
  if (hex !== undefined) return [parseInt(hex, 16)];
  if (octal !== undefined) {
    const byte = parseInt(octal, 8);
    return byte > 255 ? null : [byte];
  }
  const point = parseInt(short ?? long!, 16);
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point > CODE_POINT_MAX || surrogate ? null : new TextEncoder().encode(String.fromCodePoint(point));
}
