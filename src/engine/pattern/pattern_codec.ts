/**
 * What a pattern holds of one key as bytes: its chains of events, each link behind the one that it follows, then
 * its starts with the partial and finished matches of each.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { NO_LINK } from "./chains.ts";
import type { FinishedMatches } from "./finished.ts";
import type { Found } from "./matching.ts";
import type { Memory } from "./memory.ts";
import type { Partials } from "./partials.ts";
import { NONE } from "./starts.ts";

interface Parts {
  partials: Partials;
  finished: FinishedMatches;
  /** Whether partial matches remember anything. */
  remembers: boolean;
}

export function writePattern(parts: Parts, slot: number, out: ByteWriter): void {
  const places = writeLinks(parts, slot, out);
  const { partials, finished, remembers } = parts;
  const starts = startsOf(partials, slot);
  out.u32(starts.length);
  for (const start of starts) {
    out.f64(partials.starts.time(start));
    out.f64(partials.starts.offset(start));
    const own = partialsOf(partials, start);
    out.u32(own.length);
    for (const one of own) {
      out.u32(partials.state(one));
      out.u32(places.get(partials.link(one))!);
      if (remembers) out.text(JSON.stringify(partials.memory(one)));
    }
    writeFinished(finished.of(start), places, out);
  }
}

export function readPattern(parts: Parts, slot: number, input: ByteReader): void {
  const { partials, finished, remembers } = parts;
  const links = readLinks(parts, input);
  for (let starts = input.u32(); starts > 0; starts--) {
    const start = partials.starts.add(slot, { time: input.f64(), offset: input.f64() });
    for (let own = input.u32(); own > 0; own--) {
      const [state, link] = [input.u32(), links[input.u32()]!];
      const memory: Memory = remembers ? JSON.parse(input.text()) : [];
      partials.add(slot, { state, start, link, memory });
    }
    for (const match of readFinished(start, links, input)) {
      partials.starts.use(start);
      partials.chains.use(match.link);
      finished.keep(match);
    }
  }
  for (const link of links) partials.chains.release(link);
}

function writeFinished(
  matches: readonly Found[],
  places: ReadonlyMap<number, number>,
  out: ByteWriter,
): void {
  out.u32(matches.length);
  for (const { link, time, kind } of matches) {
    out.u32(places.get(link)!);
    out.f64(time);
    out.u8(kind === "absence" ? 1 : 0);
  }
}

function readFinished(start: number, links: readonly number[], input: ByteReader): Found[] {
  const matches: Found[] = [];
  for (let count = input.u32(); count > 0; count--) {
    const [link, time] = [links[input.u32()]!, input.f64()];
    matches.push({ start, link, time, kind: input.u8() === 1 ? "absence" : "match" });
  }
  return matches;
}

/** Answers the place of each link among those written. */
function writeLinks(parts: Parts, slot: number, out: ByteWriter): Map<number, number> {
  const { chains } = parts.partials;
  const places = placesOfLinks(parts, slot);
  out.u32(places.size);
  for (const link of places.keys()) {
    const before = chains.before(link);
    out.u32(before === NO_LINK ? 0 : places.get(before)! + 1);
    out.u32(chains.step(link));
    out.f64(chains.offset(link));
    out.f64(chains.time(link));
  }
  return places;
}

/** The links, each in use until it is released. */
function readLinks({ partials: { chains } }: Parts, input: ByteReader): number[] {
  const links: number[] = [];
  for (let count = input.u32(); count > 0; count--) {
    const before = input.u32();
    const link = chains.add(before === 0 ? NO_LINK : links[before - 1]!, {
      step: input.u32(),
      offset: input.f64(),
      time: input.f64(),
    });
    chains.use(link);
    links.push(link);
  }
  return links;
}

function placesOfLinks({ partials, finished }: Parts, slot: number): Map<number, number> {
  const { chains } = partials;
  const places = new Map<number, number>();
  const add = (end: number) => {
    const chain: number[] = [];
    for (let at = end; at !== NO_LINK && !places.has(at); at = chains.before(at)) chain.push(at);
    for (const link of chain.reverse()) places.set(link, places.size);
  };
  for (const start of startsOf(partials, slot)) {
    for (const one of partialsOf(partials, start)) add(partials.link(one));
    for (const { link } of finished.of(start)) add(link);
  }
  return places;
}

function startsOf(partials: Partials, slot: number): number[] {
  const starts: number[] = [];
  for (let start = partials.starts.first(slot); start !== NONE; start = partials.starts.next(start)) {
    starts.push(start);
  }
  return starts;
}

function partialsOf(partials: Partials, start: number): number[] {
  const own: number[] = [];
  for (let one = partials.starts.partial(start); one !== NONE; one = partials.nextOfStart(one)) own.push(one);
  return own;
}
