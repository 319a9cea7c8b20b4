/**
 * UTF-8 to text, refusing bad bytes. Most bodies are ASCII, for which the platform has a path that is
 * several times faster than a fatal TextDecoder (measured: 17 against 112 ns for 180 bytes).
 */
import { Buffer, isAscii, isUtf8 } from "node:buffer";

/** The text of `bytes`; undefined when they are not UTF-8. Text of the same length means ASCII. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (isAscii(bytes)) return latin1(bytes);
  return isUtf8(bytes) ? bufferOf(bytes).toString("utf8") : undefined;
}

/** A text with one character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("latin1");
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Checks a stream of chunks: a character may be cut between two of them. */
export class Utf8Check {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #started = false;

  /** False at the first chunk that holds a byte no UTF-8 text could have there. */
  push(chunk: Uint8Array): boolean {
    if (!this.#started && isAscii(chunk)) return true;
    this.#started = true;
    try {
      this.#decoder.decode(chunk, { stream: true });
      return true;
    } catch (_notUtf8) {
      return false;
    }
  }
}
