/**
 * Writing and reading state as bytes, little endian. Text is stored by code unit (one byte each when all are
 * below 256), so lone surrogates survive.
 */

/** State that this version of the program cannot read. */
export class StateFormatError extends Error {
  override readonly name = "StateFormatError";
}

const FIRST_BYTES = 256;
const WIDE = 0x80000000;
const CHUNK = 4096;

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  text(text: string): void {
    const wide = !isNarrow(text);
    this.u32(wide ? text.length + WIDE : text.length);
    const at = this.#room(wide ? 2 * text.length : text.length);
    for (let i = 0; i < text.length; i++) {
      if (wide) this.#view.setUint16(at + 2 * i, text.charCodeAt(i), true);
      else this.#bytes[at + i] = text.charCodeAt(i);
    }
  }

  /** What was written elsewhere. */
  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** A part of what was written: valid until the next write. */
  part(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** What was written, as a buffer of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Where the next `size` bytes go. The view may be another one afterwards. */
  #room(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads what {@linkcode ByteWriter} wrote. Each read throws StateFormatError past the end. */
export class ByteReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    const word = this.u32();
    const wide = word >= WIDE;
    const length = wide ? word - WIDE : word;
    const at = this.#take(wide ? 2 * length : length);
    let text = "";
    for (let from = 0; from < length; from += CHUNK) {
      const units = this.#units(at, from, { size: Math.min(CHUNK, length - from), wide });
      text += Reflect.apply(String.fromCharCode, null, units);
    }
    return text;
  }

  #units(
    at: number,
    from: number,
    { size, wide }: { size: number; wide: boolean },
  ): ArrayLike<number> {
    const { buffer, byteOffset } = this.#view;
    if (!wide) return new Uint8Array(buffer, byteOffset + at + from, size);
    return new Uint16Array(size).map((_, i) => this.#view.getUint16(at + 2 * (from + i), true));
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#view.byteLength) throw new StateFormatError("a state partition is cut short");
    this.#at += size;
    return at;
  }
}

function isNarrow(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
