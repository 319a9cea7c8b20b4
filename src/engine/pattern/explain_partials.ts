/**
 * What partial matches wait for: how many of them for which steps, and the longest. A look and nothing more: it is
 * taken while events are held up, so it ends at a bound and says how much it saw.
 */
import { EVIDENCE_FIRST, EVIDENCE_LAST } from "../evidence_lists.ts";
import type { Automaton } from "./automaton.ts";
import { NO_LINK, type Taken } from "./chains.ts";
import type { Partials } from "./partials.ts";
import type { PatternPlan } from "./pattern_plan.ts";
import { NONE } from "./starts.ts";

/** Partial matches looked at. */
export const PARTIALS_LOOKED_MAX = 10_000;
/** Events of them counted, to tell the longest. */
export const LINKS_LOOKED_MAX = 200_000;
export const PARTIALS_SHOWN_MAX = 5;

/** Steps by name. */
export interface Awaits {
  /** Any of which may take the next event. */
  awaits: string[];
  /** The step of which no event must come before the end; null: none is watched for. */
  must_not_come: string | null;
}

export interface ExplainedPartial extends Awaits {
  slot: number;
  /** The step that took the last event. */
  reached: string;
  event_count: number;
  /** The first 10 and the last 90, oldest first. */
  events: { step: string; offset: number; time: number }[];
  /** Time of the first event, ms. */
  started_at: number;
  /** When its time runs out, by event time, ms; null: never. */
  ends_at: number | null;
}

export interface ExplainedPattern {
  /** Of all keys. */
  partials: number;
  looked_at: number;
  /** Of those looked at, the most frequent first. */
  by_step: (Awaits & { partials: number })[];
  longest: ExplainedPartial[];
}

interface Seen {
  partial: number;
  length: number;
}

export function explainPartials(
  plan: PatternPlan,
  partials: Partials,
  slots: Iterable<number>,
): ExplainedPattern {
  const states = new Map<number, number>();
  const longest: Seen[] = [];
  let looked = 0;
  let links = 0;
  for (const partial of partialsOf(partials, slots)) {
    if (looked >= PARTIALS_LOOKED_MAX || links >= LINKS_LOOKED_MAX) break;
    looked++;
    const state = partials.state(partial);
    states.set(state, (states.get(state) ?? 0) + 1);
    const length = lengthOf(partials, partial);
    links += length;
    keepLongest(longest, { partial, length });
  }
  return {
    partials: partials.count,
    looked_at: looked,
    by_step: bySteps(plan, states),
    longest: longest.map((seen) => explained(plan, partials, seen)),
  };
}

function* partialsOf(partials: Partials, slots: Iterable<number>): Generator<number> {
  const { starts } = partials;
  for (const slot of slots) {
    for (let start = starts.first(slot); start !== NONE; start = starts.next(start)) {
      for (let one = starts.partial(start); one !== NONE; one = partials.nextOfStart(one)) yield one;
    }
  }
}

function lengthOf(partials: Partials, partial: number): number {
  const { chains } = partials;
  let length = 0;
  for (let at = partials.link(partial); at !== NO_LINK; at = chains.before(at)) length++;
  return length;
}

/** Longest first; of equal ones that which was seen first. */
function keepLongest(longest: Seen[], seen: Seen): void {
  if (longest.length === PARTIALS_SHOWN_MAX && longest.at(-1)!.length >= seen.length) return;
  const place = longest.findIndex(({ length }) => length < seen.length);
  longest.splice(place < 0 ? longest.length : place, 0, seen);
  longest.length = Math.min(longest.length, PARTIALS_SHOWN_MAX);
}

function bySteps(plan: PatternPlan, states: ReadonlyMap<number, number>): ExplainedPattern["by_step"] {
  const groups = new Map<string, Awaits & { partials: number }>();
  for (const [state, partials] of states) {
    const awaited = awaitedIn(plan, state);
    const name = JSON.stringify(awaited);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { ...awaited, partials });
    else group.partials += partials;
  }
  return [...groups.values()].sort((a, b) => b.partials - a.partials);
}

function explained(plan: PatternPlan, partials: Partials, { partial, length }: Seen): ExplainedPartial {
  const events = partials.chains.events(partials.link(partial));
  const { steps, within_ms, automaton } = plan;
  const state = partials.state(partial);
  const { gap_ms } = automaton.states[state]!;
  const start = partials.starts.time(partials.start(partial));
  const ends = Math.min(start + (within_ms ?? Infinity), partials.lastTime(partial) + (gap_ms ?? Infinity));
  return {
    slot: partials.starts.slot(partials.start(partial)),
    reached: steps[events.at(-1)!.step]!,
    ...awaitedIn(plan, state),
    event_count: length,
    events: shown(events).map(({ step, offset, time }) => ({ step: steps[step]!, offset, time })),
    started_at: start,
    ends_at: ends === Infinity ? null : ends,
  };
}

function shown(events: readonly Taken[]): readonly Taken[] {
  if (events.length <= EVIDENCE_FIRST + EVIDENCE_LAST) return events;
  return [...events.slice(0, EVIDENCE_FIRST), ...events.slice(-EVIDENCE_LAST)];
}

/** The steps that may take an event in a state, over every skip. */
export function awaitedIn(
  { automaton, steps }: { automaton: Automaton; steps: readonly string[] },
  from: number,
): Awaits {
  const awaits = new Set<string>();
  let watched: string | null = null;
  const seen = new Set([from]);
  for (const at of seen) {
    const { kind, step, edges } = automaton.states[at]!;
    if (kind === "wait" || kind === "watch") watched ??= steps[step]!;
    for (const { action, to } of edges) {
      if (action === "take") awaits.add(steps[step]!);
      else if (action === "skip") seen.add(to);
    }
  }
  return { awaits: [...awaits], must_not_come: watched };
}
