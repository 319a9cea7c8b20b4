/**
 * A course of events for an engine: what clients and operators do, and what goes wrong meanwhile. It is
 * played on a store that outlives the engines; time is the course's own.
 */
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createRuleControl, type RuleControl } from "../../actors/rule_control.ts";
import type { Probe } from "../../actors/actor_set.ts";
import type { HttpPort } from "../../src/channel/http.ts";
import type { Fleet } from "../../actors/fleet.ts";
import type { Store } from "../../src/store/store.ts";
import { createFaultStore, type Fault, SimulatedCrash } from "../store/fault_store.ts";
import { WorkerFleet } from "../../actors/worker_fleet.ts";
import { WorkerHost } from "../../actors/worker_host.ts";
import { RuleEngine } from "./rule_engine.ts";

export type CourseStep =
  /** Each list is a request; they are sent at once. */
  | { do: "post"; requests: JsonObject[][]; topic: string }
  | { do: "create"; rule: string; doc: JsonObject; back: number }
  | { do: "edit"; rule: string; doc: JsonObject }
  | { do: "switch"; rule: string }
  | { do: "wait"; ms: number }
  | { do: "tick" }
  | { do: "settle" }
  /** Until all calls are answered. */
  | { do: "answered" }
  | { do: "checkpoint" }
  | { do: "restart" }
  /** The next step of an actor throws, once. */
  | { do: "trip" }
  /** The hosts leave the feed; their actors go on privately and join again. */
  | { do: "detach" }
  | { do: "crash" };

export const T0 = 1_800_000_000_000;

export interface CourseOptions {
  store: Store;
  /** `probe` is for actors on the main thread. */
  fleet(probe: Probe): Fleet;
  workers?: number;
  /** Crashes before the nth call of the store. */
  crashAt?: number | null;
  http?: HttpPort;
}

const NO_LOOKUPS = { names: () => [], current: () => Promise.resolve([]) };

export class Course {
  readonly #o: CourseOptions;
  readonly #fault: Fault = { kind: "crash", at: null };
  #now = T0;
  #engine!: RuleEngine;
  #rules!: RuleControl;
  /** Calls that the engines made of the store. */
  calls = 0;
  #callsOfEngine: () => number = () => 0;
  #trips = false;
  #detach: () => void = () => {};
  readonly #probe: Probe = (_plan, gathered) => {
    if (!this.#trips || gathered === null) return;
    this.#trips = false;
    throw new Error("tripped on purpose");
  };

  constructor(options: CourseOptions) {
    this.#o = options;
  }

  async play(steps: readonly CourseStep[]): Promise<void> {
    await this.#start(this.#o.crashAt ?? null);
    const end: CourseStep[] = [{ do: "settle" }, { do: "checkpoint" }, { do: "settle" }];
    for (const step of [...steps, ...end]) await this.#survive(step);
    this.calls += this.#callsOfEngine();
    // How many calls a run makes depends on its timing: one that is over is not crashed any more.
    this.#fault.at = null;
    await this.#engine[Symbol.asyncDispose]();
  }

  /** After a crash the engine is a new one, and the step is done again unless it was done already. */
  async #survive(step: CourseStep): Promise<void> {
    if (step.do === "crash" || step.do === "restart") return await this.#do(step);
    const before = await this.#versions();
    try {
      const failed = this.#engine.failed.then(() => {
        throw new SimulatedCrash("the engine met a fatal error");
      });
      await Promise.race([this.#do(step), failed]);
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      await this.#crash();
      await this.#start();
      if (await this.#versions() === before) await this.#do(step);
    }
  }

  /** Changes with every save of a rule. */
  async #versions(): Promise<number> {
    const { items } = await this.#o.store.rules.list({ limit: 1000 });
    return items.reduce((sum, { version }) => sum + version, 0);
  }

  async #start(crashAt: number | null = null): Promise<void> {
    this.#fault.at = crashAt;
    const { store, calls } = createFaultStore(this.#o.store, this.#fault);
    this.#callsOfEngine = calls;
    const clock: Clock = { ...systemClock, now: () => this.#now };
    const { workers, http } = this.#o;
    const sizes = workers === undefined ? {} : { workers };
    const fleet = this.#o.fleet(this.#probe);
    this.#detach = () => detachHosts(fleet, this.#engine);
    this.#engine = new RuleEngine({ store, fleet, clock, ...sizes, ...(http && { http }) });
    try {
      await this.#engine.supervisor.start();
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      await this.#crash();
      return await this.#start();
    }
    const control = this.#engine.supervisor;
    this.#rules = createRuleControl({
      store,
      control,
      channels: { all: () => [] },
      templates: { names: () => [] },
      actionTemplates: { get: () => undefined, names: () => [] },
      apis: { list: () => [] },
      lookups: NO_LOOKUPS,
      secrets: { names: () => [] },
      clock,
    });
  }

  async #do(step: CourseStep): Promise<void> {
    switch (step.do) {
      case "post":
        await Promise.all(step.requests.map((events) => this.#engine.post(events, step.topic)));
        return;
      case "create":
        return await this.#create(step);
      case "edit": {
        const row = await this.#o.store.rules.get(step.rule);
        if (row?.active) await this.#rules.replace(step.rule, step.doc);
        return;
      }
      case "switch":
        return await this.#switch(step.rule);
      case "wait":
        this.#now += step.ms;
        return;
      case "tick":
        return await this.#engine.tick();
      case "settle":
        return await this.#engine.settle();
      case "answered":
        return await this.#engine.answered();
      case "checkpoint":
        return await this.#engine.checkpoint();
      case "trip":
        this.#trips = true;
        return;
      case "detach":
        return this.#detach();
      case "restart":
        await this.#end(2000);
        return await this.#start();
      case "crash":
        await this.#crash();
        return await this.#start();
    }
  }

  async #create({ rule, doc, back }: { rule: string; doc: JsonObject; back: number }): Promise<void> {
    if (await this.#o.store.rules.latest(rule) !== undefined) return;
    const offset = Math.floor(this.#o.store.log.next * (1 - back));
    const start = back === 0 ? { kind: "now" as const } : { kind: "offset" as const, offset };
    await this.#rules.create({ rule_id: rule, ...doc }, { start });
  }

  /** Where a rule that is switched off stands depends on the moment, so everything is applied before. */
  async #switch(rule: string): Promise<void> {
    const row = await this.#o.store.rules.get(rule);
    if (row === undefined) return;
    if (row.active) await this.#engine.settle();
    await this.#rules.setActive(rule, !row.active);
  }

  /** The process is gone; what it committed stays. */
  async #crash(): Promise<void> {
    this.#fault.at = 1;
    await this.#end(0);
  }

  /** The engine stops, at a crash or meeting one meanwhile; nothing else may go wrong. */
  async #end(ms: number): Promise<void> {
    this.calls += this.#callsOfEngine();
    await this.#engine.stop(ms).catch((error: unknown) => {
      if (!(error instanceof SimulatedCrash)) throw error;
    });
    const alien = this.#engine.errors.filter((error) => !(error instanceof SimulatedCrash));
    if (alien.length > 0) throw new AggregateError(alien, "the engine met errors of its own");
  }
}

/** As the ring does with a worker that alone is slow. */
function detachHosts(fleet: Fleet, engine: RuleEngine): void {
  if (!(fleet instanceof WorkerFleet)) return;
  for (const host of engine.supervisor.hosts()) {
    if (!(host instanceof WorkerHost) || !host.attached) continue;
    host.leaving = true;
    fleet.feed.detach(host);
    host.block.wake();
  }
}
