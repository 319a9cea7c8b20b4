/**
 * A JSON list in blocks: complete elements are parsed at once, the one that a block ends in is carried over
 * and scanned meanwhile. The syntax of a list is one, so a syntax error ends it, even where good events
 * would be taken from it.
 */
import { badRequest, type Problem } from "../base/problem.ts";
import { Carry } from "./carry.ts";
import type { EventCollector } from "./event_collector.ts";
import { faultsProblem } from "./event_fault.ts";
import type { FormReader } from "./form_reader.ts";
import { type ListFlaw, ListSplitter } from "./list_splitter.ts";

/** A reader of a list's elements into `events`. */
export function listReader(events: EventCollector): FormReader {
  const splitter = new ListSplitter();
  const carry = new Carry();
  let refused = false;
  const grow = (part: Uint8Array): void => {
    const flaw = refused ? null : carry.push(part);
    if (flaw === null) return;
    events.refuse(flaw.code, flaw.note);
    carry.drop();
    refused = true;
  };
  const check = (): void => {
    if (splitter.flaw !== null) throw badList(splitter.flaw);
    const broken = events.faults.some((fault) => fault.code === "malformed_json");
    if (broken) throw faultsProblem(events.faults);
  };
  return {
    push(block) {
      const { start, ends } = splitter.push(block);
      let from = start;
      if (ends.length > 0 && (refused || carry.bytes > 0)) {
        grow(block.subarray(from, ends[0]));
        if (!refused) events.one(carry.take());
        refused = false;
        from = ends.shift()! + 1;
      }
      events.items(block, from, ends);
      if (!splitter.ended) grow(block.subarray(ends.length > 0 ? ends.at(-1)! + 1 : from));
      check();
    },
    end() {
      if (!splitter.ended) throw badList("not_a_list");
    },
  };
}

function badList(flaw: ListFlaw): Problem {
  return flaw === "text_after_list"
    ? badRequest("malformed_json", "Cannot read the body as JSON: text follows its end")
    : badRequest("malformed_json", "Cannot read the body as a JSON list: it does not begin or end as one");
}
