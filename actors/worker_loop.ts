/**
 * The loop of a rule worker: reads the ring at its own pace, lets its actors work, and sends frames. It
 * never returns to its event loop: it sleeps in Atomics.wait, takes messages with receiveMessageOnPort and
 * posts straight out. Held to: a token for every stretch of stepping (at most 2 ms), at most 4 frames
 * unacknowledged, a heartbeat on every turn. It holds a Web Lock, because only then can main stop it while
 * it is busy.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { assert, present } from "../src/base/assert.ts";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { emptySlot, RingReader, SLOT } from "../src/batch/ring.ts";
import { ActorSet, type Probe } from "./actor_set.ts";
import { ControlBlock } from "./control_block.ts";
import type { Envelope, FromHost } from "./messages.ts";
import { RunTokens, TOKEN_HOLD_MS } from "./run_tokens.ts";
import { StepCosts } from "./step_costs.ts";
import type { WorkerBoot } from "./worker_boot.ts";

/** Longest sleep: bounds how late a missed hint is noticed. */
const SLEEP_MS_MAX = 100;
const TOKEN_WAIT_MS = 50;
const FRAMES_UNACKED_MAX = 4;
const FRAME_ALERTS_MAX = 512;
/** How long news may wait under load, by urgency. */
const ALERTS_WAIT_MS = 5;
const COUNTERS_WAIT_MS = 50;
const FLOOR_WAIT_MS = 500;

class RuleWorker {
  readonly #boot: WorkerBoot;
  readonly #clock: Clock;
  readonly #block: ControlBlock;
  readonly #tokens: RunTokens;
  readonly #ring: RingReader;
  readonly #set: ActorSet;
  readonly #costs: StepCosts;
  readonly #slot = emptySlot();
  #waiting: Envelope[] = [];
  readonly #post: (message: FromHost) => void;
  /** Messages up to this number may be taken: their control slot was reached. */
  #reached = 0;
  /** Whether the worker reads the ring. */
  #attached = false;
  #lastFrame = 0;
  /** When the token at hand is to be given back. */
  #heldUntil = 0;

  constructor(boot: WorkerBoot, clock: Clock, post: (message: FromHost) => void, probe: Probe | null) {
    this.#boot = boot;
    this.#clock = clock;
    this.#post = post;
    this.#block = new ControlBlock(boot.control);
    this.#tokens = new RunTokens({ memory: boot.tokens });
    this.#ring = new RingReader(boot.ring);
    const crumb = this.#block.leaveCrumb.bind(this.#block);
    const breathe = () => this.#breathe();
    this.#costs = new StepCosts(() => clock.monotonic());
    this.#set = new ActorSet({ slot: boot.slot, send: post, crumb, breathe, probe, costs: this.#costs });
  }

  run(): void {
    this.#post({ kind: "ready" });
    while (!this.#block.stopping) {
      const seen = this.#block.wakeCount;
      this.#block.beat();
      const worked = this.#takeMessages() || this.#takeRecords();
      // Also where records never end: replay must not grow without bound.
      const saved = this.#workOnCheckpoint();
      if (!worked && !saved && !this.#report()) this.#rest(seen);
    }
    this.#tokens.release(this.#boot.owner);
  }

  #takeMessages(): boolean {
    while (this.#block.taken !== this.#block.sent) {
      const received = receiveMessageOnPort(this.#boot.port);
      if (received === undefined) break;
      this.#block.taken = (this.#block.taken + 1) | 0;
      this.#waiting.push(received.message as Envelope);
    }
    const next = this.#waiting[0];
    if (next === undefined) return false;
    // What was placed in a ring that the worker has left is void: main says it anew after "detached".
    if (next.ordered && !this.#attached) return this.#drop(next);
    if (next.ordered && next.number > this.#reached) return false;
    if (next.message.kind === "record" || next.message.kind === "marks") return this.#takePrivateRecord(next);
    this.#taken(next);
    if (next.message.kind === "join" && !this.#attached) {
      this.#block.cursor = next.message.cursor;
      this.#attached = true;
    }
    return true;
  }

  /** A record by the port costs work like one of the ring: under a token, within the frame bound. */
  #takePrivateRecord(next: Envelope): boolean {
    if (!this.#mayStep()) return false;
    // At a control slot the worker has a token already.
    const held = this.#tokens.holds(this.#boot.owner);
    if (!held && !this.#tokens.acquire(this.#boot.owner, TOKEN_WAIT_MS)) return true;
    try {
      this.#taken(next);
      this.#sendFrameIfDue();
    } finally {
      if (!held) this.#tokens.release(this.#boot.owner);
    }
    return true;
  }

  #drop(envelope: Envelope): boolean {
    this.#waiting.shift();
    this.#post({ kind: "taken", number: envelope.number });
    return true;
  }

  #taken(envelope: Envelope): void {
    this.#waiting.shift();
    this.#set.take(envelope.message);
    this.#post({ kind: "taken", number: envelope.number });
  }

  #takeRecords(): boolean {
    if (!this.#attached || this.#block.cursor === this.#ring.head) return false;
    if (!this.#mayStep()) return false;
    // Without a token there still is work: the loop comes back here rather than going to sleep.
    if (!this.#tokens.acquire(this.#boot.owner, TOKEN_WAIT_MS)) return true;
    const until = this.#heldUntil = this.#clock.monotonic() + TOKEN_HOLD_MS;
    try {
      do {
        if (!this.#takeRecord()) break;
        this.#sendFrameIfDue();
        if (!this.#mayStep()) break;
      } while (this.#block.cursor !== this.#ring.head && this.#clock.monotonic() < until);
    } finally {
      this.#tokens.release(this.#boot.owner);
    }
    return true;
  }

  /** One actor works for long: the token goes round all the same, and nobody takes the worker for stuck. */
  #breathe(): void {
    this.#block.beat();
    const { owner } = this.#boot;
    if (this.#clock.monotonic() < this.#heldUntil || !this.#tokens.holds(owner)) return;
    this.#tokens.release(owner);
    while (!this.#block.stopping && !this.#tokens.acquire(owner, TOKEN_WAIT_MS)) this.#block.beat();
    this.#heldUntil = this.#clock.monotonic() + TOKEN_HOLD_MS;
  }

  /** One slot of the ring. False: nothing more can be taken before something else happens. */
  #takeRecord(): boolean {
    const seq = this.#block.cursor;
    this.#ring.slot(seq, this.#slot);
    // Given up: from here on main places nothing in the ring that is meant for this worker.
    if (!this.#block.joined || !this.#ring.intact(seq)) return this.#detach();
    if (this.#slot.kind === SLOT.control) {
      if (this.#slot.worker === this.#boot.slot) this.#reached = this.#slot.message;
    } else {
      assert(this.#slot.first === this.#set.position, "the ring goes on where the worker stands");
      const bytes = this.#slot.kind === SLOT.batch ? this.#ring.bytes(seq) : null;
      if (this.#slot.kind === SLOT.batch && bytes === null) return this.#detach();
      if (this.#set.applyRecord(this.#slot, bytes, () => this.#ring.intact(seq)) === "torn") {
        return this.#detach();
      }
    }
    this.#block.beat();
    this.#block.cursor = (seq + 1) | 0;
    if (this.#slot.kind !== SLOT.control || this.#slot.worker !== this.#boot.slot) return true;
    return this.#takeOrdered();
  }

  /** At a control slot: everything up to its number must be taken before the next record. */
  #takeOrdered(): boolean {
    const done = () =>
      (this.#block.taken - this.#reached | 0) >= 0 && !this.#waiting.some((e) => e.number <= this.#reached);
    while (!done() && !this.#block.stopping) {
      const seen = this.#block.wakeCount;
      this.#block.beat();
      if (!this.#takeMessages()) this.#block.sleep(seen, 1);
    }
    return true;
  }

  #detach(): boolean {
    this.#attached = false;
    this.#waiting = this.#waiting.filter((envelope) => !envelope.ordered);
    this.#set.detach();
    return false;
  }

  /** Answers whether there was something to do. */
  #report(): boolean {
    if (this.#attached && !this.#block.joined) {
      this.#detach();
      return true;
    }
    if (this.#unacked() >= FRAMES_UNACKED_MAX) return false;
    if (this.#set.pendingAlerts > 0 || this.#set.reportIsDue || this.#frameIsOverdue()) {
      this.#sendFrame();
      return true;
    }
    return false;
  }

  #workOnCheckpoint(): boolean {
    if (!this.#set.checkpointing || !this.#mayStep()) return false;
    if (this.#set.hasNews) this.#sendFrame();
    const until = this.#clock.monotonic() + TOKEN_HOLD_MS;
    return this.#set.workOnCheckpoint(() => this.#clock.monotonic() >= until);
  }

  #sendFrameIfDue(): void {
    if (this.#set.pendingAlerts >= FRAME_ALERTS_MAX || this.#frameIsOverdue()) this.#sendFrame();
  }

  #frameIsOverdue(): boolean {
    if (!this.#set.hasNews) return false;
    const wait = this.#set.pendingAlerts > 0
      ? ALERTS_WAIT_MS
      : this.#set.rulesHaveNews
      ? COUNTERS_WAIT_MS
      : FLOOR_WAIT_MS;
    return this.#clock.monotonic() - this.#lastFrame >= wait;
  }

  #sendFrame(): void {
    if (!this.#set.hasNews) return;
    this.#lastFrame = this.#clock.monotonic();
    const costs = this.#costs.take();
    if (costs !== null) this.#post({ kind: "costs", costs });
    this.#set.sendFrame();
  }

  #mayStep(): boolean {
    return this.#unacked() < FRAMES_UNACKED_MAX;
  }

  #unacked(): number {
    return this.#set.frames - this.#block.acked;
  }

  #rest(seen: number): void {
    this.#block.nextDue = this.#set.due;
    this.#block.nextDueTime = this.#set.dueTime;
    const wait = this.#set.rulesHaveNews ? COUNTERS_WAIT_MS : SLEEP_MS_MAX;
    this.#block.sleep(seen, wait);
  }
}

/**
 * Runs the loop of the worker it is called in; returns when main asks it to stop. `probe` is called before
 * each step: tests use an entry of their own to make actors fail.
 */
export async function runRuleWorker(probe: Probe | null = null): Promise<void> {
  const boot = workerData as WorkerBoot;
  const port = present(parentPort, "the parent's port");
  await holdLock(boot.lock);
  new RuleWorker(boot, systemClock, (message) => port.postMessage(message), probe).run();
  boot.port.close();
}

/** The part of the Web Locks API that is used; the platform has it, its types do not. */
interface LockManager {
  request(name: string, held: () => Promise<void>): Promise<void>;
}

/** Never given back: terminate() stops a busy worker only while it holds a Web Lock. */
function holdLock(name: string): Promise<void> {
  return new Promise((resolve) => {
    const { locks } = navigator as unknown as { locks: LockManager };
    void locks.request(name, () => {
      resolve();
      return new Promise<void>(() => {});
    });
  });
}
