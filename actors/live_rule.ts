/**
 * A rule that runs here, as main knows it: the version that its actor means now, where the actor lives and
 * how it fares.
 */
import { invalid } from "../src/base/problem.ts";
import type { Registry, RuleBinding, Subscription } from "../src/batch/binding.ts";
import { compileRule } from "../src/engine/compile.ts";
import type { Plan } from "../src/engine/plan.ts";
import { planConstants } from "../src/engine/plan_constants.ts";
import type { TopicNumbers } from "../src/ingest/topic_numbers.ts";
import { parseRule, type Rule } from "../src/model/rule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { RuleStatus } from "./control.ts";
import type { Host } from "./host.ts";
import type { ActorLoad } from "./messages.ts";
import type { RestartBudget } from "./restart_policy.ts";
import type { StepCost } from "./step_costs.ts";

/** One version of a rule, compiled. */
export interface CompiledVersion {
  row: RuleVersion;
  rule: Rule;
  plan: Plan;
}

export interface LiveRule {
  readonly ruleId: string;
  readonly handle: number;
  /** What its actor means now. */
  compiled: CompiledVersion;
  binding: RuleBinding;
  status: RuleStatus;
  host: Host | null;
  incarnation: number;
  /** Where its actor was loaded: state holds everything below. */
  offset: number;
  /** Whether it takes part in the common feed (as far as main has said so). */
  joined: boolean;
  /** Whether the main encoder reads for it. */
  subscribed: boolean;
  readonly restarts: RestartBudget;
  /** Offsets of the newest events that came too late. */
  late: readonly number[];
  /** Since it was started here. */
  readonly cost: StepCost;
  /** For each partition of its state, the snapshot whose chunk holds it. */
  partitions: Map<number, number>;
}

/** Compiles a stored version. @throws Problem when the document is not accepted by this release */
export function compileVersion(row: RuleVersion): CompiledVersion {
  const parsed = parseRule(row.doc);
  if (!parsed.ok) throw invalid(parsed.errors);
  const { rule_id, version, generation } = row;
  return { row, rule: parsed.rule, plan: compileRule(parsed.rule, { rule_id, version, generation }) };
}

/** The numbers by which a plan reads batches. */
export function bindPlan(plan: Plan, handle: number, registry: Registry): RuleBinding {
  return {
    handle,
    columns: plan.fields.map((field) => registry.column(field)),
    time: registry.time(plan.time),
    constants: planConstants(plan).map((text) => [text, registry.constant(text)] as const),
  };
}

/** What an encoder must know of the rule while it is hosted at `slot`. */
export function subscriptionOf(live: LiveRule, slot: number): Subscription {
  const { topics, fields, time, clock, index } = live.compiled.plan;
  return { handle: live.handle, slot, topics, fields, time, clocked: clock !== null, index };
}

/** Topics by number, as actors see them in slots. */
export function topicNumbers(plan: Plan, topics: TopicNumbers): number[] | null {
  return plan.topics === null ? null : plan.topics.map((topic) => topics.of(topic));
}

export type LoadDetails = Pick<
  ActorLoad,
  "tables" | "chunks" | "applied" | "poison" | "suspectBelow" | "callsFrom"
>;

/** The message that brings the actor of `live` to life, to be fed privately until it joins. */
export function actorLoad(live: LiveRule, topics: TopicNumbers, details: LoadDetails): ActorLoad {
  return {
    rule_id: live.ruleId,
    binding: live.binding,
    incarnation: live.incarnation,
    plan: live.compiled.plan,
    topics: topicNumbers(live.compiled.plan, topics),
    offset: live.offset,
    joined: false,
    ...details,
  };
}
