/**
 * The actors of one host: takes messages and records in order, lets the concerned actors read and step,
 * and hands out frames. Synchronous and without I/O, so a Worker (rule_worker.ts) and the main thread
 * (inline_host.ts) run the same code. A throw of one actor discards that actor and touches no other.
 *
 * A record is applied in two phases (INVARIANTS 12): all concerned actors read it in place; only when the
 * caller confirms that the read was whole does any state change.
 */
import { assert } from "../src/base/assert.ts";
import { BatchView } from "../src/batch/batch.ts";
import { SLOT, type Slot } from "../src/batch/ring.ts";
import type { Gathered } from "../src/engine/gathered.ts";
import type { Span } from "../src/engine/prepared_rule.ts";
import { QuickTests } from "../src/engine/quick_tests.ts";
import { SharedTests } from "../src/engine/shared_tests.ts";
import type { Plan } from "../src/engine/plan.ts";
import type { ActorLoad, Crash, Frame, FromHost, RuleFrame, ToHost } from "./messages.ts";
import { AskingActors } from "./asking_actors.ts";
import { Checkpoint } from "./checkpoint.ts";
import { NO_FIGURES, RuleActor, type RuleActorPhase } from "./rule_actor.ts";
import type { StepCosts } from "./step_costs.ts";
import { scans, TopicReaders } from "./topic_readers.ts";

/** Tells where the set is, for whoever must explain a crash. Offset -1: no single event. */
export type Crumbs = (handle: number, phase: RuleActorPhase, first: number, offset: number) => void;

/** Called before each step with what it will apply, null for timers; a throw counts as the actor's own. */
export type Probe = (plan: Plan, gathered: Gathered | null) => void;

interface Reading {
  actor: RuleActor;
  gathered: Gathered | null;
  error: unknown;
  /** The rows to read and step one by one instead: the actor crashed in this batch before. */
  suspect: readonly number[] | null;
  /** The latest event time among the rows, for an actor that goes by event time. */
  latest: number;
}

export interface ActorSetOptions {
  /** The host's place in the candidate lists of batches. */
  slot: number;
  send(message: FromHost): void;
  crumb: Crumbs;
  /** Called in the middle of long work of one actor; absent: nobody waits. */
  breathe?: () => void;
  probe: Probe | null;
  /** Where the time goes; absent: nobody asks. */
  costs?: StepCosts;
}

export class ActorSet {
  readonly #options: ActorSetOptions;
  readonly #actors = new Map<number, RuleActor>();
  readonly #shared = new SharedTests();
  readonly #quick = new QuickTests();
  readonly #readers = new TopicReaders();
  readonly #touched = new Set<RuleActor>();
  #checkpoint: Checkpoint | null = null;
  #frames = 0;
  #floor = 0;
  #alerts = 0;
  #due = Infinity;
  #dueTime = Infinity;
  #reportAt = 0;
  readonly #asking = new AskingActors();
  /** Everything below is applied by all joined actors; null while the host is detached. */
  position: number | null = null;

  constructor(options: ActorSetOptions) {
    this.#options = options;
  }

  /** The earliest timer, by arrival, ms. */
  get due(): number {
    return this.#due;
  }

  /** The earliest timer, by event time, ms. */
  get dueTime(): number {
    return this.#dueTime;
  }

  /** Alerts that wait for the next frame. */
  get pendingAlerts(): number {
    return this.#alerts;
  }

  /** Somebody waits for a frame that says this much. */
  get reportIsDue(): boolean {
    return this.position !== null && this.#floor < this.#reportAt && this.position >= this.#reportAt;
  }

  /** Whether a rule has something to say, or an offset to move by itself. */
  get rulesHaveNews(): boolean {
    return this.#touched.size > 0;
  }

  /** Whether a frame would say something. */
  get hasNews(): boolean {
    return this.#touched.size > 0 || (this.position !== null && this.position > this.#floor);
  }

  take(message: ToHost): void {
    switch (message.kind) {
      case "load":
        return this.#load(message.load);
      case "unload": {
        const actor = this.#actors.get(message.handle);
        if (actor?.incarnation === message.incarnation) this.#drop(actor);
        return;
      }
      case "plan":
        return this.#guard(message.handle, "restore", (actor) => {
          const at = actor.joined ? Math.max(this.position ?? 0, actor.offset) : actor.offset;
          const span = { first: message.at, next: message.at + 1, arrival: message.arrival };
          actor.change(message.to, { at, floor: this.#floor, span });
          this.#quick.set(message.to.plan, message.to.binding);
          this.#touch(actor);
          this.#readers.clear();
        });
      case "table":
        for (const handle of message.handles) {
          this.#guard(handle, "restore", (actor) => actor.takeTable(message.table));
        }
        return;
      case "command":
        return this.#guard(message.handle, "timer", (actor) => {
          actor.command(message);
          this.#asking.told(actor);
          this.#touch(actor);
        });
      case "record":
        this.applyRecord(message.slot, viewOf(message.bytes), () => true, message.handles);
        return;
      case "marks":
        for (const slot of message.slots) this.applyRecord(slot, null, () => true, message.handles);
        return;
      case "join":
        return this.#join(message.handles, message.at);
      case "checkpoint":
        this.#checkpoint ??= new Checkpoint(message.id, this.position ?? 0, this.#joined());
        return;
      case "report":
        this.#reportAt = Math.max(this.#reportAt, message.at);
        return;
      case "inspect": {
        const { id, handle, baseline: key } = message;
        const actor = this.#actors.get(handle);
        const figures = actor?.figures ?? NO_FIGURES;
        const baseline = key === undefined ? null : actor?.baseline(key) ?? null;
        const explanation = message.explain ? actor?.explanation ?? null : null;
        return this.#options.send({ kind: "inspected", id, figures, baseline, explanation });
      }
    }
  }

  /**
   * Applies one record: for all joined actors, or for those of `handles`. `intact` says after the read
   * phase whether what was read is whole; when not, nothing changed and the answer is "torn".
   */
  applyRecord(
    slot: Slot,
    bytes: Uint8Array | null,
    intact: () => boolean,
    handles: readonly number[] | null = null,
  ): "applied" | "torn" {
    const span: Span = { first: slot.first, next: slot.next, arrival: slot.arrival };
    const readings = this.#read(slot, span, bytes, handles);
    if (!intact()) return "torn";
    assert(readings !== null, "a whole batch can be read");
    if (slot.kind === SLOT.start) this.#restart(span, handles);
    this.#fireTimers(span, handles);
    for (const actor of this.#asking.at(span, handles)) this.#takeAnswer(actor, span);
    this.#options.costs?.begin();
    for (const reading of readings) this.#applyReading(reading, span, bytes);
    this.#shared.end();
    this.#advancePosition(slot, handles);
    return "applied";
  }

  /** Frames sent so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Sends a frame of all news since the last one. */
  sendFrame(): void {
    if (!this.hasNews) return;
    const rules: RuleFrame[] = [];
    for (const actor of this.#touched) {
      const to = actor.joined ? Math.max(this.position ?? 0, actor.offset) : actor.offset;
      rules.push(...actor.takeFrames(to, this.#floor));
    }
    this.#touched.clear();
    this.#alerts = 0;
    if (this.position !== null) this.#floor = this.position;
    const frame: Frame = { number: ++this.#frames, upto: this.position, rules };
    this.#options.send({ kind: "frame", frame });
  }

  get checkpointing(): boolean {
    return this.#checkpoint !== null;
  }

  /**
   * Works on the running checkpoint until `expired` says stop. Answers false when there is none. The
   * caller sends a frame up to here first: a snapshot is published only behind what is applied.
   */
  workOnCheckpoint(expired: () => boolean): boolean {
    if (this.#checkpoint === null) return false;
    const done = this.#checkpoint.work(expired, this.#options.send, (actor, error) => {
      this.#crash(actor, "snapshot", error, { first: this.position ?? 0, next: this.position ?? 0 });
    });
    if (done) this.#checkpoint = null;
    return true;
  }

  /** Leaves the common feed: every actor waits for private records from where it is. */
  detach(): void {
    this.sendFrame();
    const upto = this.position ?? 0;
    const actors = [...this.#actors.values()].map((actor) => {
      actor.leave(upto);
      const { handle, incarnation, offset } = actor;
      return { handle, incarnation, offset, version: actor.rule.plan.rule_version };
    });
    this.#readers.clear();
    this.position = null;
    this.#due = this.#dueTime = Infinity;
    this.#options.send({ kind: "detached", actors });
  }

  #load(load: ActorLoad): void {
    const handle = load.binding.handle;
    this.#options.crumb(handle, "restore", load.offset, -1);
    try {
      const known = this.#actors.get(handle);
      if (known !== undefined) this.#drop(known);
      const actor = new RuleActor(load);
      actor.state.breathe = this.#options.breathe ?? null;
      this.#actors.set(handle, actor);
      this.#quick.set(load.plan, load.binding);
      this.#readers.clear();
      this.#noteDue(actor);
      this.#asking.loaded(actor);
    } catch (error) {
      const { incarnation, offset } = load;
      const crash = { handle, incarnation, first: offset, next: offset, offset: -1 };
      this.#options.send({ kind: "crashed", crash: { ...crash, phase: "restore", error: String(error) } });
    }
    this.#options.crumb(-1, "idle", 0, -1);
  }

  #join(handles: readonly number[], at: number): void {
    // What was done privately is told first: from the join on the floor speaks for these actors.
    this.sendFrame();
    this.#checkpoint?.someoneJoined();
    // The position of a detached host begins here; an attached one reaches it by its control slot.
    if (this.position === null) this.#floor = this.position = at;
    const actors = handles.flatMap((handle) => this.#actors.get(handle) ?? []);
    for (const actor of actors) {
      actor.joined = true;
      actor.offset = Math.max(actor.offset, at);
      this.#touch(actor);
      this.#noteDue(actor);
    }
    this.#readers.clear();
    this.#tellCalls(at);
    const joined = actors.map(({ handle, incarnation }) => ({ handle, incarnation }));
    this.#options.send({ kind: "joined", actors: joined, at });
  }

  #joined(): RuleActor[] {
    return [...this.#actors.values()].filter((actor) => actor.joined);
  }

  #read(
    slot: Slot,
    span: Span,
    bytes: Uint8Array | null,
    handles: readonly number[] | null,
  ): Reading[] | null {
    if (bytes === null) return [];
    const readings: Reading[] = [];
    let view: BatchView;
    try {
      view = new BatchView(bytes);
      this.#shared.begin(view);
      this.#options.costs?.begin();
      const passing = new Set<RuleActor>();
      for (const actor of this.#scanning(slot, handles)) {
        // One with an index is here for the times of all events; its candidates come below.
        if (actor.rule.plan.index === null) readings.push(this.#readOne(actor, view, span, null));
        else passing.add(actor);
      }
      this.#quick.candidates(view, this.#options.slot, (handle, rows) => {
        const actor = this.#actors.get(handle);
        if (actor === undefined || actor.rule.plan.index === null) return;
        if (handles === null ? actor.joined : handles.includes(handle)) {
          readings.push(this.#readOne(actor, view, span, rows));
          passing.delete(actor);
        }
      });
      for (const actor of passing) readings.push(this.#readOne(actor, view, span, NO_ROWS));
    } catch {
      // Only memory that the writer took back meanwhile can look like this.
      return null;
    }
    return readings;
  }

  #readOne(actor: RuleActor, view: BatchView, span: Span, rows: Uint16Array | null): Reading {
    const nothing: Reading = { actor, gathered: null, error: undefined, suspect: null, latest: -Infinity };
    if (actor.offset >= span.next) return { ...nothing, latest: NaN };
    this.#options.crumb(actor.handle, "read", span.first, -1);
    try {
      if (actor.clocked) nothing.latest = actor.latest(view, span, this.#shared);
      if (span.first < actor.suspectBelow) {
        return { ...nothing, suspect: rows === null ? [...Array(view.rows).keys()] : [...rows] };
      }
      if (rows?.length === 0) return nothing;
      return { ...nothing, gathered: actor.read(view, span, rows, this.#shared) };
    } catch (error) {
      return { ...nothing, error: error ?? new Error("unknown") };
    } finally {
      this.#options.costs?.read(actor.handle, rows?.length ?? view.rows);
    }
  }

  #applyReading(reading: Reading, span: Span, bytes: Uint8Array | null): void {
    const { actor, gathered, error, suspect, latest } = reading;
    if (error !== undefined) return this.#crash(actor, "read", error, span);
    const passes = actor.clocked && !Number.isNaN(latest);
    if (gathered === null && suspect === null && !passes) return;
    const alerts = actor.pressing;
    if (gathered !== null || suspect !== null) this.#touch(actor);
    let offset = -1;
    try {
      if (gathered !== null) {
        this.#options.crumb(actor.handle, "step", span.first, -1);
        this.#step(actor, gathered, span);
      } else if (suspect !== null && bytes !== null) {
        // A crumb per event: even one that hangs or kills the worker is known afterwards.
        const view = new BatchView(bytes);
        this.#shared.begin(view);
        for (const row of suspect) {
          offset = span.first + row;
          this.#options.crumb(actor.handle, "step", span.first, offset);
          const one = actor.read(view, span, Uint16Array.of(row), this.#shared);
          if (one !== null) this.#step(actor, one, span);
        }
      }
      if (passes) this.#pass(actor, span, latest);
    } catch (thrown) {
      return this.#crash(actor, "step", thrown, span, offset);
    }
    if (actor.pressing > alerts) this.#touch(actor);
    this.#alerts += actor.pressing - alerts;
    this.#noteDue(actor);
    this.#options.costs?.stepped(actor.handle);
  }

  /** Event time moves past all rows, and windows close: a throw there is no event's fault. */
  #pass(actor: RuleActor, span: Span, latest: number): void {
    this.#options.crumb(actor.handle, "timer", span.first, -1);
    actor.pass(span, latest);
  }

  #noteDue(actor: RuleActor): void {
    this.#due = Math.min(this.#due, actor.due);
    if (actor.clocked) this.#dueTime = Math.min(this.#dueTime, actor.dueTime);
  }

  /** The process started here: elapsed time counts anew. */
  #restart(span: Span, handles: readonly number[] | null): void {
    for (const actor of this.#actors.values()) {
      const concerned = handles === null ? actor.joined : handles.includes(actor.handle);
      if (concerned && actor.offset < span.next) actor.restart(span.arrival);
    }
  }

  #step(actor: RuleActor, gathered: Gathered, span: Span): void {
    this.#options.probe?.(actor.rule.plan, gathered);
    actor.apply(gathered, span);
  }

  #fireTimers(span: Span, handles: readonly number[] | null): void {
    if (handles === null && span.arrival < this.#due) return;
    this.#due = this.#dueTime = Infinity;
    for (const actor of this.#actors.values()) {
      const concerned = handles === null ? actor.joined : handles.includes(actor.handle);
      if (concerned && actor.offset < span.next && actor.due <= span.arrival) this.#fireTimer(actor, span);
      if (actor.joined) this.#noteDue(actor);
    }
  }

  #fireTimer(actor: RuleActor, span: Span): void {
    this.#inTimer(actor, span, () => {
      this.#options.probe?.(actor.rule.plan, null);
      actor.advance(span);
    });
  }

  #takeAnswer(actor: RuleActor, span: Span): void {
    this.#inTimer(actor, span, () => actor.takeAnswer(span));
    this.#noteDue(actor);
  }

  /** What is no event's fault. */
  #inTimer(actor: RuleActor, span: Span, work: () => void): void {
    const { pressing } = actor;
    this.#options.crumb(actor.handle, "timer", span.first, -1);
    this.#touch(actor);
    try {
      work();
      this.#alerts += actor.pressing - pressing;
    } catch (error) {
      this.#crash(actor, "timer", error, span);
    }
  }

  /** Actors that stand where they may tell which calls they want do so. */
  #tellCalls(position: number): void {
    for (const actor of this.#asking.reached(position, this.#actors.values())) {
      this.#touch(actor);
      this.#alerts += actor.pressing;
    }
  }

  #advancePosition(slot: Slot, handles: readonly number[] | null): void {
    this.#options.crumb(-1, "idle", slot.first, -1);
    if (handles === null) {
      this.position = slot.next;
      this.#tellCalls(slot.next);
      return;
    }
    for (const handle of handles) {
      const actor = this.#actors.get(handle);
      if (actor === undefined || actor.joined) continue;
      actor.offset = Math.max(actor.offset, slot.next);
      actor.reach(actor.offset);
      this.#touch(actor);
    }
  }

  #scanning(slot: Slot, handles: readonly number[] | null): readonly RuleActor[] {
    if (handles === null) return this.#readers.of(slot, () => this.#joined());
    return handles.flatMap((handle) => this.#actors.get(handle) ?? []).filter((actor) => scans(actor, slot));
  }

  #touch(actor: RuleActor): void {
    this.#touched.add(actor);
  }

  #guard(handle: number, phase: RuleActorPhase, work: (actor: RuleActor) => void): void {
    const actor = this.#actors.get(handle);
    if (actor === undefined) return;
    try {
      work(actor);
    } catch (error) {
      this.#crash(actor, phase, error, { first: actor.offset, next: actor.offset });
    }
  }

  #crash(
    actor: RuleActor,
    phase: RuleActorPhase,
    error: unknown,
    span: { first: number; next: number },
    offset = -1,
  ): void {
    this.#drop(actor);
    const crash: Crash = {
      handle: actor.handle,
      incarnation: actor.incarnation,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      phase,
      first: span.first,
      next: span.next,
      offset,
    };
    this.#options.send({ kind: "crashed", crash });
  }

  #drop(actor: RuleActor): void {
    this.#actors.delete(actor.handle);
    this.#quick.remove(actor.handle);
    this.#touched.delete(actor);
    this.#asking.forget(actor);
    this.#checkpoint?.forget(actor);
    this.#readers.clear();
  }
}

function viewOf(bytes: ArrayBufferLike | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes);
}

const NO_ROWS = new Uint16Array(0);
