/**
 * What main and the host of a set of actors say to each other. Everything is plain data, bytes as whole
 * buffers (the platform walks each element of a typed array that it finds in a message); the same messages
 * go to a Worker by its port and to an inline host by a call. Every message to a host has a number
 * (1, 2, ...); a message is `ordered` when its place among the records counts: the host takes it, and those
 * behind it, only when it reaches the control slot that names its number.
 */
import type { RuleBinding } from "../src/batch/binding.ts";
import type { Slot } from "../src/batch/ring.ts";
import type { AlertEffect, CounterName } from "../src/engine/effects.ts";
import type { BaselineFigures, CallAnswered, KeyDocument, RuleCommand } from "../src/engine/command.ts";
import type { WantedCall } from "../src/engine/enrich/calls.ts";
import type { Explanation } from "../src/engine/explain.ts";
import type { Plan } from "../src/engine/plan.ts";
import type { RuleActorPhase } from "./rule_actor.ts";

/** A lookup table as an actor reads it from here on; null: there is none. */
export interface TableImage {
  name: string;
  /** As batch/lookup_image.ts makes it. */
  image: SharedArrayBuffer | null;
}

/** An actor as it is brought to life. */
export interface ActorLoad {
  rule_id: string;
  binding: RuleBinding;
  /** Each load is an incarnation of its own; frames of an older one are dropped. */
  incarnation: number;
  plan: Plan;
  /** The tables that the plan reads, as of `offset`. */
  tables: readonly TableImage[];
  /** Topic numbers; null: every topic that is not internal. */
  topics: readonly number[] | null;
  /** State holds everything below this offset; chunks null = fresh state. */
  offset: number;
  chunks: ReadonlyMap<number, Uint8Array> | null;
  /** Effects of records below this offset are committed already. */
  applied: number;
  /** Offsets of parked events. */
  poison: readonly number[];
  /** Calls are wanted of others from here on: what lies before was there at the load, and may hold answers. */
  callsFrom: number;
  /** Steps row by row below this offset, to find the event that crashes it; 0 = never. */
  suspectBelow: number;
  /** Takes part in the common feed; otherwise it is fed privately until a join. */
  joined: boolean;
}

/** What a rule means from some place of the log on. */
export interface RuleMeaning {
  plan: Plan;
  binding: RuleBinding;
  topics: readonly number[] | null;
  /** The tables that the plan reads, as they are there. */
  tables: readonly TableImage[];
}

export type ToHost =
  | { kind: "load"; load: ActorLoad }
  | { kind: "unload"; handle: number; incarnation: number }
  /** From here on the rule means this. */
  | { kind: "plan"; handle: number; to: RuleMeaning; at: number; arrival: number }
  /** From here on these actors read this version of a table. */
  | { kind: "table"; handles: readonly number[]; table: TableImage }
  /** Somebody told the rule something; `at` is the offset of the record that says so. */
  | { kind: "command"; handle: number; generation: number; command: RuleCommand | CallAnswered; at: number }
  /** A record for some actors only (catch-up), or for all joined ones when `handles` is null. */
  | { kind: "record"; handles: readonly number[] | null; slot: Slot; bytes: ArrayBufferLike | null }
  /** The same for records that concern none of the actors but by their time. */
  | { kind: "marks"; handles: readonly number[]; slots: readonly Slot[] }
  /** Actors that caught up to `at` take part in the common feed; a detached host starts at `cursor`. */
  | { kind: "join"; handles: readonly number[]; at: number; cursor: number }
  | { kind: "checkpoint"; id: number }
  /** Send a frame as soon as the joined actors have applied everything below `at`. */
  | { kind: "report"; at: number }
  /** What the actor holds; with `baseline` also what it compares with (of a key, null for all). */
  | { kind: "inspect"; handle: number; id: number; baseline?: KeyDocument | null; explain?: true };

export type Envelope = { number: number; ordered: boolean; message: ToHost };

/** What one rule did between two offsets. */
export interface RuleFrame {
  handle: number;
  incarnation: number;
  /** The rule's version that did it. */
  version: number;
  from: number;
  to: number;
  counters: Partial<Record<CounterName, number>>;
  alerts: readonly AlertEffect[];
  /** Offsets of the newest events that came too late. */
  late: readonly number[];
  /** Of the state that wants the calls. */
  generation: number;
  calls: readonly WantedCall[];
}

/** Everything that a host did since its last frame. */
export interface Frame {
  number: number;
  /** All joined actors have applied everything below this offset; null while detached. */
  upto: number | null;
  rules: readonly RuleFrame[];
}

/** Where an actor stood when its host left the ring, and what it meant by then. */
export interface DetachedActor {
  handle: number;
  incarnation: number;
  offset: number;
  version: number;
}

/** What an actor holds, for people to see. */
export interface StateFigures {
  keys: number;
  state_bytes: number;
  /** Event time, ms; null for a rule that does not go by it, or has seen no event. */
  watermark: number | null;
  open_windows: number;
  /** Partial matches of a pattern. */
  partials: number;
  /** Keys whose alert waits for `for`. */
  pending: number;
  /** Events that wait for the answers of endpoints; null for a rule that asks none. */
  waiting: number | null;
}

/** A rule that threw: its actor is gone, its state discarded. */
export interface Crash {
  handle: number;
  incarnation: number;
  error: string;
  phase: RuleActorPhase;
  /** First offset of the record, and the offset behind it. */
  first: number;
  next: number;
  /** The event, when it is known; else -1. */
  offset: number;
}

export interface PartitionChunk {
  handle: number;
  incarnation: number;
  partition: number;
  bytes: ArrayBuffer;
}

/** A state whose changed partitions were all sent. */
export interface StateManifest {
  handle: number;
  incarnation: number;
  /** The version and the generation that the state belongs to: an edit may follow before it is written. */
  rule_version: number;
  generation: number;
  /** All partitions of the state; those not `changed` stand in an earlier snapshot. */
  partitions: readonly { partition: number; changed: boolean }[];
}

/** The state as of `offset` of every actor that was joined by then is covered. */
export interface Checkpointed {
  kind: "checkpointed";
  checkpoint: number;
  offset: number;
  /** The same, when it holds for all actors that are joined now; else null. */
  floor: number | null;
  manifests: readonly StateManifest[];
}

export type FromHost =
  | { kind: "ready" }
  | { kind: "frame"; frame: Frame }
  /** What rules cost since it was last told (step_costs.ts). */
  | { kind: "costs"; costs: ArrayBuffer }
  /** A message was taken. */
  | { kind: "taken"; number: number }
  /** These actors take part in the common feed from `at` on; one that is gone by now is not among them. */
  | { kind: "joined"; actors: readonly { handle: number; incarnation: number }[]; at: number }
  | { kind: "crashed"; crash: Crash }
  /** The host fell behind the ring and left it; here is where each of its actors stands. */
  | { kind: "detached"; actors: readonly DetachedActor[] }
  | { kind: "chunks"; checkpoint: number; chunks: readonly PartitionChunk[] }
  | Checkpointed
  | {
    kind: "inspected";
    id: number;
    figures: StateFigures;
    baseline: BaselineFigures | null;
    explanation: Explanation | null;
  };
