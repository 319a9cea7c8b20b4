/** An actor set without workers, ring or store: rules, records by offset, and what it says. */
import type { JsonObject } from "../../src/base/json.ts";
import { Registry } from "../../src/batch/binding.ts";
import { Encoder } from "../../src/batch/encoder.ts";
import { emptySlot, SLOT, type Slot } from "../../src/batch/ring.ts";
import { compileRule } from "../../src/engine/compile.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { TopicNumbers } from "../../src/ingest/topic_numbers.ts";
import { parseRule } from "../../src/model/rule.ts";
import { ActorSet, type Probe } from "../../actors/actor_set.ts";
import { bindPlan, topicNumbers } from "../../actors/live_rule.ts";
import type { ActorLoad, Crash, Frame, FromHost, RuleFrame, ToHost } from "../../actors/messages.ts";

export const SLOT_NUMBER = 0;
export const ARRIVAL = 1_800_000_000_000;

export interface BenchRule {
  handle: number;
  plan: Plan;
}

export class SetBench {
  readonly registry = new Registry();
  readonly topics = new TopicNumbers();
  readonly encoder = new Encoder(this.registry);
  readonly said: FromHost[] = [];
  readonly crumbs: { handle: number; phase: string; offset: number }[] = [];
  readonly set: ActorSet;
  #handles = 0;
  next = 0;

  constructor(probe: Probe | null = null) {
    this.set = new ActorSet({
      slot: SLOT_NUMBER,
      send: (message) => void this.said.push(message),
      crumb: (handle, phase, _first, offset) => void this.crumbs.push({ handle, phase, offset }),
      probe,
    });
  }

  compile(doc: JsonObject, version = 1, rule_id = "r"): Plan {
    const parsed = parseRule({ rule_name: rule_id, trigger_type: "event", ...doc });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return compileRule(parsed.rule, { rule_id, version, generation: 1 });
  }

  /** Loads a rule, detached. */
  load(doc: JsonObject, details: Partial<ActorLoad> = {}): BenchRule {
    const handle = ++this.#handles;
    const plan = this.compile(doc);
    const { fields, time, index, topics } = plan;
    this.encoder.add({ handle, slot: SLOT_NUMBER, topics, fields, time, index });
    const offset = details.offset ?? 0;
    this.take({
      kind: "load",
      load: {
        ...{ rule_id: plan.rule_id, binding: bindPlan(plan, handle, this.registry), incarnation: 1, plan },
        ...{ topics: topicNumbers(plan, this.topics), offset, chunks: null, applied: offset, poison: [] },
        ...{ suspectBelow: 0, joined: false, tables: [], callsFrom: 0 },
        ...details,
      },
    });
    return { handle, plan };
  }

  /** Loads a rule and lets it join at once. */
  join(doc: JsonObject, details: Partial<ActorLoad> = {}): BenchRule {
    const rule = this.load(doc, details);
    this.take({ kind: "join", handles: [rule.handle], at: this.set.position ?? this.next, cursor: 0 });
    return rule;
  }

  change(rule: BenchRule, doc: JsonObject, version = 2): void {
    const plan = this.compile(doc, version);
    const { fields, time, index, topics } = plan;
    this.encoder.remove(rule.handle);
    this.encoder.add({ handle: rule.handle, slot: SLOT_NUMBER, topics, fields, time, index });
    const binding = bindPlan(plan, rule.handle, this.registry);
    const to = { plan, binding, topics: topicNumbers(plan, this.topics), tables: [] };
    this.take({ kind: "plan", handle: rule.handle, to, at: this.next, arrival: 0 });
  }

  take(message: ToHost): void {
    this.set.take(message);
  }

  encode(events: readonly JsonObject[], first: number, arrival = ARRIVAL): [Slot, Uint8Array] {
    const batch = this.encoder.prepare("default", events, arrival);
    const bytes = new Uint8Array(batch.bytes);
    batch.write(bytes);
    const place = { topic: this.topics.of("default"), first, next: first + events.length, arrival };
    return [{ ...emptySlot(), kind: SLOT.batch, ...place }, bytes];
  }

  /** The next record of the common feed. */
  feed(events: readonly JsonObject[], arrival = ARRIVAL, intact = () => true): "applied" | "torn" {
    const [slot, bytes] = this.encode(events, this.next, arrival);
    const outcome = this.set.applyRecord(slot, bytes, intact);
    if (outcome === "applied") this.next = slot.next;
    return outcome;
  }

  tick(arrival: number): void {
    const slot = { ...emptySlot(), first: this.next, next: this.next + 1, arrival };
    this.set.applyRecord(slot, null, () => true);
    this.next++;
  }

  /** A private record for some rules. */
  feedAlone(
    rules: readonly BenchRule[],
    events: readonly JsonObject[],
    first: number,
    arrival = ARRIVAL,
  ): void {
    const [slot, bytes] = this.encode(events, first, arrival);
    this.take({
      kind: "record",
      handles: rules.map((rule) => rule.handle),
      slot,
      bytes: bytes === null ? null : bytes.slice().buffer,
    });
  }

  /** Asks for a frame and takes everything said since the last time. */
  frames(): Frame[] {
    this.set.sendFrame();
    return this.all("frame").map(({ frame }) => frame);
  }

  all<K extends FromHost["kind"]>(kind: K): Extract<FromHost, { kind: K }>[] {
    const found = this.said.filter((message) => message.kind === kind);
    this.said.splice(0, this.said.length, ...this.said.filter((message) => message.kind !== kind));
    return found as Extract<FromHost, { kind: K }>[];
  }

  crashes(): Crash[] {
    return this.all("crashed").map(({ crash }) => crash);
  }
}

/** Offsets of the events that frames tell alerts of, for one rule. */
export function alertOffsets(frames: readonly Frame[], rule: BenchRule): number[] {
  return rulesOf(frames, rule).flatMap((frame) => frame.alerts.flatMap((alert) => alert.events));
}

export function rulesOf(frames: readonly Frame[], { handle }: BenchRule): RuleFrame[] {
  return frames.flatMap((frame) => frame.rules.filter((rule) => rule.handle === handle));
}
