/**
 * The number grammar of RFC 8259 over chunks, and whether the number is one that a double can hold, told
 * by its magnitude alone. A number from 1e308 on that is too large by its digits only (1.8e308) passes
 * here: whoever parses it sees Infinity.
 */

const MINUS = 0;
const ZERO = 1;
const INTEGER = 2;
const POINT = 3;
const FRACTION = 4;
const EXPONENT = 5;
const EXPONENT_SIGN = 6;
const EXPONENT_DIGITS = 7;

/** 1e308 is finite, 1e309 is not. */
const EXPONENT_MAX = 308;
/** Enough to know that an exponent is hopeless; keeps the sum a small integer. */
const EXPONENT_COUNTED_MAX = 1e9;

export class NumberScanner {
  #state = ZERO;
  // Digits before the point from the first that is not 0; -1: the first such digit stands behind it.
  #digits = 0;
  // Zeros between the point and that digit.
  #zeros = 0;
  #exponent = 0;
  #negativeExponent = false;

  /** @param byte "-" or a digit */
  begin(byte: number): void {
    this.#state = byte === 45 ? MINUS : byte === 48 ? ZERO : INTEGER;
    this.#digits = byte > 48 ? 1 : 0;
    this.#zeros = 0;
    this.#exponent = 0;
    this.#negativeExponent = false;
  }

  /** Reads on from `from`; answers the position of the first byte that does not belong to the number. */
  run(chunk: Uint8Array, from: number): number {
    let i = from;
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      const next = byte >= 48 && byte <= 57 ? this.#digit(byte) : signOrPoint(this.#state, byte);
      if (next < 0) break;
      if (byte === 45) this.#negativeExponent = true;
      this.#state = next;
    }
    return i;
  }

  /** Whether the number may end here. */
  get complete(): boolean {
    const state = this.#state;
    return state === ZERO || state === INTEGER || state === FRACTION || state === EXPONENT_DIGITS;
  }

  get finite(): boolean {
    if (this.#digits === 0) return true;
    const lead = this.#digits > 0 ? this.#digits - 1 : -1 - this.#zeros;
    return lead + (this.#negativeExponent ? -this.#exponent : this.#exponent) <= EXPONENT_MAX;
  }

  /** The state after a digit, -1 when none may stand here. */
  #digit(byte: number): number {
    switch (this.#state) {
      case MINUS:
        this.#digits = byte === 48 ? 0 : 1;
        return byte === 48 ? ZERO : INTEGER;
      case INTEGER:
        this.#digits++;
        return INTEGER;
      case POINT:
      case FRACTION:
        this.#fractionDigit(byte);
        return FRACTION;
      case EXPONENT:
      case EXPONENT_SIGN:
      case EXPONENT_DIGITS:
        this.#exponent = Math.min(EXPONENT_COUNTED_MAX, this.#exponent * 10 + byte - 48);
        return EXPONENT_DIGITS;
      default:
        return -1;
    }
  }

  #fractionDigit(byte: number): void {
    if (this.#digits !== 0) return;
    if (byte === 48) this.#zeros++;
    else this.#digits = -1;
  }
}

function signOrPoint(state: number, byte: number): number {
  if (byte === 46) return state === ZERO || state === INTEGER ? POINT : -1;
  if (byte === 101 || byte === 69) {
    return state === ZERO || state === INTEGER || state === FRACTION ? EXPONENT : -1;
  }
  return (byte === 43 || byte === 45) && state === EXPONENT ? EXPONENT_SIGN : -1;
}
