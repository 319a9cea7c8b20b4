/**
 * The shared words between the main thread and one incarnation of one worker. A new incarnation gets a
 * fresh block, so a dead worker can disturb nobody (INVARIANTS 13).
 */
import type { RuleActorPhase } from "./rule_actor.ts";

const WORDS = 16;
const DOUBLES = 4;
const BYTES = WORDS * 4 + DOUBLES * 8;

const W = {
  joined: 0,
  cursor: 1,
  wake: 2,
  stop: 3,
  acked: 4,
  sent: 5,
  taken: 6,
  heartbeat: 7,
  running: 8,
  crumbHandle: 9,
  crumbPhase: 10,
} as const;

/** Where a worker was when it stopped: which rule, doing what, at which record and event. */
export interface Breadcrumb {
  /** -1: between rules. */
  handle: number;
  phase: RuleActorPhase;
  /** First offset of the batch. */
  first: number;
  /** Offset of the event in suspect mode, else -1. */
  offset: number;
}

const PHASES: readonly RuleActorPhase[] = ["idle", "read", "timer", "step", "restore", "snapshot"];

export class ControlBlock {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, WORDS);
    this.#doubles = new Float64Array(memory, WORDS * 4, DOUBLES);
  }

  /** Whether the worker reads the ring. Set by main; cleared by main when it gives the worker up. */
  get joined(): boolean {
    return this.#load(W.joined) === 1;
  }
  set joined(value: boolean) {
    this.#store(W.joined, value ? 1 : 0);
  }

  /** The next ring sequence number that the worker reads. Written by the worker while joined. */
  get cursor(): number {
    return this.#load(W.cursor);
  }
  set cursor(value: number) {
    this.#store(W.cursor, value);
  }

  /** Frames that main has committed. */
  get acked(): number {
    return this.#load(W.acked);
  }
  set acked(value: number) {
    this.#store(W.acked, value);
  }

  /** Port messages sent by main, and taken by the worker. */
  get sent(): number {
    return this.#load(W.sent);
  }
  set sent(value: number) {
    this.#store(W.sent, value);
  }
  get taken(): number {
    return this.#load(W.taken);
  }
  set taken(value: number) {
    this.#store(W.taken, value);
  }

  get stopping(): boolean {
    return this.#load(W.stop) === 1;
  }
  stop(): void {
    this.#store(W.stop, 1);
    this.wake();
  }

  /** Grows with every turn of the worker's loop and every actor it serves: unchanged = stuck. */
  get heartbeat(): number {
    return this.#load(W.heartbeat);
  }
  beat(): void {
    Atomics.add(this.#words, W.heartbeat, 1);
  }

  /** Main: make the worker look. */
  wake(): void {
    Atomics.add(this.#words, W.wake, 1);
    Atomics.notify(this.#words, W.wake);
  }
  /** Worker: the value to hand to `sleep`, read before looking for work. */
  get wakeCount(): number {
    return this.#load(W.wake);
  }
  /** Worker: sleeps unless woken since `seen`, at most `ms`. */
  sleep(seen: number, ms: number): void {
    Atomics.wait(this.#words, W.wake, seen, ms);
  }

  /** Arrival time (ms) that the next timer waits for; Infinity when none. */
  get nextDue(): number {
    return this.#doubles[0]!;
  }
  set nextDue(value: number) {
    this.#doubles[0] = value;
  }

  /** Event time (ms) that the next timer waits for; Infinity when none does. */
  get nextDueTime(): number {
    return this.#doubles[3]!;
  }
  set nextDueTime(value: number) {
    this.#doubles[3] = value;
  }

  leaveCrumb(handle: number, phase: RuleActorPhase, first: number, offset: number): void {
    this.#words[W.crumbHandle] = handle;
    this.#words[W.crumbPhase] = PHASES.indexOf(phase);
    this.#doubles[1] = first;
    this.#doubles[2] = offset;
    this.beat();
  }

  get crumb(): Breadcrumb {
    return {
      handle: this.#words[W.crumbHandle]!,
      phase: PHASES[this.#words[W.crumbPhase]!] ?? "idle",
      first: this.#doubles[1]!,
      offset: this.#doubles[2]!,
    };
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word);
  }
  #store(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
  }
}
