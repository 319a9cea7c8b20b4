/**
 * An oracle of patterns that knows no automaton: a pattern is written out into all the plain sequences that it
 * may stand for (each loop so and so often, each optional step taken or not), and every way to place a sequence
 * on the events is tried.
 */

export interface NaiveEvent {
  letter: string;
  t: number;
}

export type NaiveContiguity = "strict" | "relaxed" | "any";

export interface NaiveStep {
  name: string;
  /** The letters whose events it takes. */
  letters: string;
  contiguity: NaiveContiguity;
  negated: boolean;
  times: [min: number, max: number | null] | null;
  inner: NaiveContiguity;
  optional: boolean;
  /** Its first event lies less than so far behind the one before, ms. */
  gap: number | null;
}

export interface NaiveGroup {
  steps: readonly NaiveNode[];
  contiguity: NaiveContiguity;
  times: [min: number, max: number | null] | null;
  inner: NaiveContiguity;
  optional: boolean;
}

export type NaiveNode = NaiveStep | NaiveGroup;

export interface NaiveMatch {
  /** Step and index of the event, in order. */
  taken: [step: string, event: number][];
  /** By time, when a negated step stands last. */
  absence: boolean;
}

/** One event to be taken, or an event that must not come. */
type Part =
  | { kind: "take"; name: string; letters: string; contiguity: NaiveContiguity; gap: number }
  | { kind: "not next"; letters: string }
  /** Until the next event is taken, or, with `last`, until time runs out. */
  | { kind: "not until"; letters: string; last: boolean }
  /** No event of these letters from here on, while a loop goes on. */
  | { kind: "loop"; not: string };

/** All matches; nothing is skipped after one. */
export function naiveMatches(
  steps: readonly NaiveNode[],
  events: readonly NaiveEvent[],
  within: number | null,
): NaiveMatch[] {
  const matches: NaiveMatch[] = [];
  for (const sequence of sequences(steps, events.length)) {
    for (let first = 0; first < events.length; first++) {
      matches.push(...placed(sequence, { events, first, within }));
    }
  }
  return matches;
}

function* sequences(steps: readonly NaiveNode[], longest: number): Generator<Part[]> {
  const [head, ...rest] = steps;
  if (head === undefined) {
    yield [];
    return;
  }
  for (const own of choices(head, rest[0], longest)) {
    const takes = own.filter(({ kind }) => kind === "take").length;
    if (takes > longest) continue;
    for (const others of sequences(rest, longest - takes)) yield [...own, ...others];
  }
}

function* choices(node: NaiveNode, next: NaiveNode | undefined, longest: number): Generator<Part[]> {
  if ("negated" in node && node.negated) {
    const { letters, contiguity } = node;
    if (contiguity === "strict") yield [{ kind: "not next", letters }];
    else yield [{ kind: "not until", letters, last: next === undefined }];
    return;
  }
  if (node.optional) yield [];
  const [min, max] = node.times ?? [1, 1];
  for (let rounds = Math.max(1, min); rounds <= Math.min(max ?? Infinity, longest); rounds++) {
    if ("steps" in node) yield* repeated(node, rounds, longest);
    else yield loop(node, next, rounds);
  }
}

function loop(step: NaiveStep, next: NaiveNode | undefined, rounds: number): Part[] {
  const { name, letters } = step;
  const watched = step.times !== null && next !== undefined && "negated" in next && next.negated &&
      next.contiguity !== "strict"
    ? next.letters
    : "";
  const parts: Part[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) parts.push({ kind: "loop", not: watched });
    const [contiguity, gap] = round === 0 ? [step.contiguity, step.gap ?? Infinity] : [step.inner, Infinity];
    parts.push({ kind: "take", name, letters, contiguity, gap });
  }
  return parts;
}

function* repeated(group: NaiveGroup, rounds: number, longest: number): Generator<Part[]> {
  if (rounds === 0) {
    yield [];
    return;
  }
  for (const before of repeated(group, rounds - 1, longest)) {
    const entry = rounds === 1 ? group.contiguity : group.inner;
    for (const round of sequences(entered(group.steps, entry), longest)) yield [...before, ...round];
  }
}

/** The first step follows as the group does. */
function entered([head, ...rest]: readonly NaiveNode[], contiguity: NaiveContiguity): NaiveNode[] {
  return [{ ...head!, contiguity }, ...rest];
}

interface Ground {
  events: readonly NaiveEvent[];
  first: number;
  within: number | null;
}

function placed(sequence: readonly Part[], ground: Ground): NaiveMatch[] {
  const [head, ...rest] = sequence;
  if (head?.kind !== "take" || !head.letters.includes(ground.events[ground.first]!.letter)) return [];
  return from(rest, ground, [[head.name, ground.first]]);
}

/** The rest of a sequence behind what was taken. */
function from(sequence: readonly Part[], ground: Ground, taken: NaiveMatch["taken"]): NaiveMatch[] {
  const { events, first, within } = ground;
  const last = taken.at(-1)![1];
  const ends = within === null ? Infinity : events[first]!.t + within;
  const at = sequence.findIndex(({ kind }) => kind === "take");
  const nots = at === -1 ? sequence : sequence.slice(0, at);
  const nextNots = lettersOf(nots, "not next");
  const untilNots = lettersOf(nots, "not until") +
    nots.map((part) => part.kind === "loop" ? part.not : "").join("");
  const following = events[last + 1];
  const inTime = following !== undefined && following.t < ends;
  if (nextNots !== "" && inTime && nextNots.includes(following.letter)) return [];
  if (at === -1) return ended(nots, { ...ground, ends, inTime, untilNots }, taken);
  const take = sequence[at] as Extract<Part, { kind: "take" }>;
  const found: NaiveMatch[] = [];
  for (let i = last + 1; i < events.length && events[i]!.t < ends; i++) {
    const { letter, t } = events[i]!;
    if (untilNots.includes(letter) || t - events[last]!.t >= take.gap) break;
    const fits = take.letters.includes(letter);
    if (fits) found.push(...from(sequence.slice(at + 1), ground, [...taken, [take.name, i]]));
    if (take.contiguity === "strict" || (fits && take.contiguity === "relaxed")) break;
  }
  return found;
}

/** Nothing more is to be taken. */
function ended(
  nots: readonly Part[],
  { events, ends, inTime, untilNots }: Ground & { ends: number; inTime: boolean; untilNots: string },
  taken: NaiveMatch["taken"],
): NaiveMatch[] {
  if (lettersOf(nots, "not next") !== "") return inTime ? [{ taken, absence: false }] : [];
  // A step that must not come before another one means nothing once that one is left out.
  if (!nots.some((part) => part.kind === "not until" && part.last)) return [{ taken, absence: false }];
  const last = taken.at(-1)![1];
  const came = events.some(({ letter, t }, i) => i > last && t < ends && untilNots.includes(letter));
  return came ? [] : [{ taken, absence: true }];
}

function lettersOf(parts: readonly Part[], kind: "not next" | "not until"): string {
  return parts.map((part) => part.kind === kind ? part.letters : "").join("");
}
