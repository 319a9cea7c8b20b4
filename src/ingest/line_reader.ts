/**
 * NDJSON in blocks: complete lines are parsed at once, the line that a block ends in is carried over and
 * scanned meanwhile. A faulty line is one event's fault; the next line starts afresh.
 */
import { Carry } from "./carry.ts";
import type { EventCollector } from "./event_collector.ts";
import type { FormReader } from "./form_reader.ts";

/** Bytes of one line. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 10;

/** A reader of lines into `events`. */
export function lineReader(events: EventCollector): FormReader {
  const carry = new Carry();
  let skipping = false;
  const grow = (part: Uint8Array): void => {
    if (skipping) return;
    const flaw = carry.bytes + part.length > LINE_BYTES_MAX
      ? { code: "line_too_long" as const, note: `more than ${LINE_BYTES_MAX} bytes` }
      : carry.push(part);
    if (flaw === null) return;
    events.refuseLine(flaw.code, flaw.note);
    carry.drop();
    skipping = true;
  };
  const finish = (): void => {
    if (!skipping && carry.bytes > 0) events.lines(carry.take());
    skipping = false;
  };
  return {
    push(block) {
      let from = 0;
      if (skipping || carry.bytes > 0) {
        const newline = block.indexOf(NEWLINE);
        grow(newline < 0 ? block : block.subarray(0, newline + 1));
        if (newline < 0) return;
        finish();
        from = newline + 1;
      }
      const last = block.lastIndexOf(NEWLINE) + 1;
      if (last > from) events.lines(block.subarray(from, last));
      grow(block.subarray(Math.max(last, from)));
    },
    end: finish,
  };
}
