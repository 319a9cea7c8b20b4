/**
 * The piece of a body that began in an earlier block and has not ended. It is scanned as it grows, so a
 * wrong byte in it is known at once and a deep one never reaches JSON.parse. Everything that lies within
 * one block is parsed without this.
 */
import { EVENT_DEPTH_MAX, type EventFaultCode } from "./event_fault.ts";
import { JsonScanner } from "./json_scanner.ts";

export class Carry {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #scanner: JsonScanner | null = null;
  readonly #scan: "object" | "any" | "none";
  readonly #depthMax: number;

  /** @param scan what JSON the piece must be; "none" takes any bytes */
  constructor(scan: "object" | "any" | "none" = "object", depthMax: number = EVENT_DEPTH_MAX) {
    this.#scan = scan;
    this.#depthMax = depthMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes on a part; answers what is wrong with the piece so far. */
  push(part: Uint8Array): { code: EventFaultCode; note: string } | null {
    if (part.length === 0) return null;
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#scan === "none") return null;
    this.#scanner ??= new JsonScanner(this.#scan, this.#depthMax);
    if (this.#scanner.push(part)) return null;
    const { code, at } = this.#scanner.fault!;
    return { code, note: `byte ${at + 1}` };
  }

  /** The whole piece, which ended. The carry is empty afterwards. */
  take(): Uint8Array {
    const parts = this.#parts;
    const whole = parts.length === 1 ? parts[0]! : joined(parts, this.#bytes);
    this.drop();
    return whole;
  }

  /** Forgets the piece. */
  drop(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#scanner = null;
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
