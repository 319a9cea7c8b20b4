/**
 * How rules are saved: read, compile, decide what an edit keeps, write the version and its log record in
 * one transaction, and tell the supervisor, which follows the log. Saves of one rule happen one after
 * another. A refused save changes nothing.
 *
 * The generation grows only where state is reset (SEMANTICS 21), so an edit that keeps all state keeps the
 * ids of alerts stable across a replay.
 */
import type { Clock } from "../src/base/clock.ts";
import type { ApiKeeper } from "./api_keeper.ts";
import { backtestTask, type BacktestWish } from "./backtest_task.ts";
import type { BacktestTask } from "./backtests.ts";
import { randomId } from "../src/base/ids.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { mergePatch } from "../src/base/merge_patch.ts";
import { type Fault, invalid, notFound, Problem } from "../src/base/problem.ts";
import type { RuleCommand } from "../src/engine/command.ts";
import { planChange } from "../src/engine/plan_change.ts";
import { encodeRuleRecord, type RuleRecord } from "../src/ingest/rule_record.ts";
import { namedTemplates, usedTemplates } from "../src/model/action/written_actions.ts";
import { effective } from "../src/model/effective_rule.ts";
import type { ActionTemplates } from "../src/model/action_uses.ts";
import type { BaselineKey } from "../src/model/baseline.ts";
import { parseRule } from "../src/model/rule.ts";
import type { Channel } from "../src/model/channel.ts";
import type { NewRecord, PendingReply } from "../src/store/event_log.ts";
import type { RuleChange, RuleVersion, RuleVersionDraft } from "../src/store/rule_store.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import type { Control, StartAt } from "./control.ts";
import { beyondLog, conflict, outdated, renamed, taken } from "./_rule_problems.ts";
import type { LookupControl } from "./lookup_control.ts";
import { reviewChains } from "./rule_chains.ts";
import { rulesNaming, rulesWhose } from "./named_channels.ts";
import { anomalyStatus } from "./anomaly_status.ts";
import { appendCommand, type CommandReply, type CommandTaken } from "./rule_commands.ts";
import { clearPoison, type PoisonCleared } from "./poison.ts";
import { planOf, readDraft, type ReadRule, readRule, shownRule, unknownTables } from "./rule_document.ts";
import { explainRule, type RuleExplained } from "./rule_explain.ts";
import { simulate, type Simulated, type SimulationResult } from "./simulation.ts";
import type { SimulationTask } from "./simulation_worker.ts";
import { Turns } from "./turns.ts";

/** What a save did. */
export interface RuleSaved {
  row: RuleVersionDraft;
  /** Operators whose state goes on, and those that start anew. */
  kept: readonly string[];
  reset: readonly string[];
  warnings: readonly Fault[];
}

export interface SaveOptions {
  /** The version that the caller saw; another one is refused with 412. */
  ifMatch?: number | undefined;
  /** What becomes of a rule that would run itself, by others or at once: "refuse" unless said. */
  cycles?: "refuse" | "warn" | undefined;
  /** Keeps the answer for a repeated request, in the transaction of the save. */
  reply?:
    | ((saved: Omit<RuleSaved, "row"> & { row: Omit<RuleVersion, "from_offset"> }) => PendingReply)
    | undefined;
}

export interface CreateOptions extends SaveOptions {
  start?: StartAt | { kind: "time"; time: number };
}

export interface RuleValidation {
  valid: boolean;
  errors: readonly Fault[];
  warnings: readonly Fault[];
  effective: JsonObject | null;
}

export interface RuleControl {
  /** @throws Problem 400, 409 */
  create(document: unknown, options?: CreateOptions): Promise<RuleSaved>;
  /** @throws Problem 400, 404, 409, 412 */
  replace(ruleId: string, document: unknown, options?: SaveOptions): Promise<RuleSaved>;
  /** @param patch RFC 7396. @throws Problem 400, 404, 409, 412 */
  patch(ruleId: string, patch: JsonObject, options?: SaveOptions): Promise<RuleSaved>;
  /** Switches a rule on (its state starts anew) or off. Already so: nothing is saved. @throws Problem 404, 412 */
  setActive(ruleId: string, active: boolean, options?: SaveOptions): Promise<RuleSaved>;
  /** @throws Problem 404, 412 */
  remove(ruleId: string, options?: SaveOptions): Promise<void>;
  /** Writes a command into the log; it counts from its place on. @throws Problem 400, 404, 409 */
  command(ruleId: string, command: RuleCommand, reply?: CommandReply): Promise<CommandTaken>;
  /** @throws Problem 400, 404 */
  anomalyStatus(ruleId: string, key: BaselineKey | null): Promise<JsonObject>;
  /** Why it did not fire. @throws Problem 400, 404 */
  explain(ruleId: string): Promise<RuleExplained>;
  validate(document: unknown): Promise<RuleValidation>;
  /** Active rules that name the channel by its id or name. */
  naming(channel: Channel): Promise<string[]>;
  /** Active rules that name the template. */
  wordedBy(template: string): Promise<string[]>;
  /** Active rules with actions that came from the template of actions. */
  using(actionTemplate: string): Promise<string[]>;
  /** Lets parked events be seen again where no replay is spoilt by it. @throws Problem 404 */
  clearPoison(ruleId: string): Promise<PoisonCleared>;
  /** Evaluates a document over given events; nothing is saved or sent. @throws Problem 400 */
  simulate(document: unknown, given: Omit<Simulated, "rule">): Promise<SimulationResult>;
  /** What a backtest of a document is given. @throws Problem 400 */
  backtest(document: JsonObject, wish: BacktestWish & { from: number; to: number }): Promise<BacktestTask>;
  /** A version as the API shows it. */
  show(row: RuleVersionDraft): JsonObject;
  showSaved(saved: RuleSaved): JsonObject;
}

export interface RuleControlParts {
  store: Store;
  control: Control;
  channels: { all(): readonly Channel[] };
  templates: { names(): string[] };
  actionTemplates: ActionTemplates;
  secrets: { names(): string[] };
  lookups: Pick<LookupControl, "names" | "current">;
  apis: Pick<ApiKeeper, "list">;
  clock: Clock;
  /** Where simulations run; here, on this thread, when there is no such place. */
  simulator?: { simulate(task: SimulationTask): Promise<SimulationResult> };
}

export function createRuleControl(parts: RuleControlParts): RuleControl {
  const saver = new RuleSaver(parts);
  return {
    create: (document, options = {}) => saver.create(document, options),
    replace: (id, document, options = {}) => saver.edit(id, options, () => document),
    patch: (id, patch, options = {}) => saver.edit(id, options, (row) => mergePatch(row.doc, patch)),
    setActive: (id, active, options = {}) => saver.setActive(id, active, options),
    remove: (id, options = {}) => saver.remove(id, options),
    command: (id, command, reply) => saver.command(id, command, reply),
    anomalyStatus: async (id, key) => await anomalyStatus(await saver.current(id), key, parts.control),
    explain: async (id) => await explainRule(await saver.current(id), parts),
    validate: (document) => saver.validate(document),
    naming: (channel) => rulesNaming(channel, parts),
    wordedBy: (template) => rulesWhose((spec) => namedTemplates(spec).includes(template), parts),
    using: (name) => rulesWhose((spec) => usedTemplates(spec).includes(name), parts),
    clearPoison: (id) => clearPoison(id, parts),
    simulate: (document, given) => simulateDraft(parts, document, given),
    backtest: (document, wish) => backtestTask(document, wish, parts.lookups),
    show: shownRule,
    showSaved: shownSave,
  };
}

async function simulateDraft(
  { simulator, clock, lookups }: RuleControlParts,
  document: unknown,
  given: Omit<Simulated, "rule">,
): Promise<SimulationResult> {
  // Read here in any case: what is wrong with it is told without waiting for other simulations.
  const rule = readDraft(document);
  const unknown = unknownTables(rule, lookups.names());
  if (unknown.length > 0) throw invalid(unknown);
  const wanted = rule.trigger.enrichments.flatMap((one) => one.type === "lookup" ? [one.table] : []);
  const tables = await lookups.current([...new Set(wanted)]);
  if (simulator === undefined) return await simulate({ ...given, rule, tables }, clock);
  return await simulator.simulate({ ...given, document, tables });
}

/** A save that is decided. */
interface Decided extends Pick<RuleSaved, "kept" | "reset" | "warnings"> {
  change: RuleChange;
  doc: JsonObject;
  active: boolean;
  generation: number;
}

class RuleSaver {
  readonly #parts: RuleControlParts;
  readonly #turns = new Turns();

  constructor(parts: RuleControlParts) {
    this.#parts = parts;
  }

  async create(document: unknown, options: CreateOptions): Promise<RuleSaved> {
    const { store } = this.#parts;
    const read = readRule(document, this.#known());
    const ruleId = read.rule.rule_id ?? randomId();
    return await this.#turns.run(ruleId, async () => {
      const old = await store.rules.latest(ruleId);
      if (old !== undefined && old.change !== "deleted") throw taken(ruleId);
      const warnings = [...read.warnings, ...await this.#chains(ruleId, read.doc, options)];
      const start = await this.#startOffset(options.start ?? { kind: "now" });
      const decided: Decided = {
        change: "created",
        doc: read.doc,
        active: read.rule.is_active,
        generation: (old?.generation ?? 0) + 1,
        kept: [],
        reset: [],
        warnings,
      };
      return await this.#save(ruleId, { old, decided, start, options });
    });
  }

  edit(ruleId: string, options: SaveOptions, document: (row: RuleVersion) => unknown): Promise<RuleSaved> {
    return this.#turns.run(ruleId, async () => {
      const old = await this.current(ruleId, options);
      const read = readRule(document(old), this.#known());
      if (read.rule.rule_id !== null && read.rule.rule_id !== ruleId) {
        throw renamed(ruleId, read.rule.rule_id);
      }
      const warnings = [...read.warnings, ...await this.#chains(ruleId, read.doc, options)];
      return await this.#save(ruleId, { old, decided: decideEdit(old, { ...read, warnings }), options });
    });
  }

  setActive(ruleId: string, active: boolean, options: SaveOptions): Promise<RuleSaved> {
    return this.#turns.run(ruleId, async () => {
      const old = await this.current(ruleId, options);
      if (old.active === active) return { row: old, kept: operators(old), reset: [], warnings: [] };
      const doc = { ...old.doc, is_active: active };
      const decided: Decided = { ...switched(old, active), doc, active, warnings: [] };
      return await this.#save(ruleId, { old, decided, options });
    });
  }

  remove(ruleId: string, options: SaveOptions): Promise<void> {
    return this.#turns.run(ruleId, async () => {
      const old = await this.current(ruleId, options);
      const { doc, generation } = old;
      const decided: Decided = {
        change: "deleted",
        doc,
        active: false,
        generation,
        kept: [],
        reset: [],
        warnings: [],
      };
      await this.#save(ruleId, { old, decided, options });
    });
  }

  /** In turn with saves, so that it is meant for the state that it will meet. */
  command(ruleId: string, command: RuleCommand, reply?: CommandReply): Promise<CommandTaken> {
    return this.#turns.run(ruleId, async () => {
      return await appendCommand(await this.current(ruleId), command, { ...this.#parts, reply });
    });
  }

  async validate(document: unknown): Promise<RuleValidation> {
    try {
      const { doc, rule, warnings: told } = readRule(document, this.#known());
      const warnings = [...told, ...await this.#chains(rule.rule_id ?? "", doc, { cycles: "warn" })];
      return { valid: true, errors: [], warnings, effective: effective(rule) };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { valid: false, errors: error.errors, warnings: [], effective: null };
    }
  }

  async current(ruleId: string, { ifMatch }: SaveOptions = {}): Promise<RuleVersion> {
    const row = await this.#parts.store.rules.get(ruleId);
    if (row === undefined) throw notFound("rule", ruleId);
    if (ifMatch !== undefined && ifMatch !== row.version) throw outdated(ruleId, row.version);
    return row;
  }

  async #save(
    ruleId: string,
    { old, decided, start, options }: {
      old: RuleVersion | undefined;
      decided: Decided;
      start?: number | undefined;
      options: SaveOptions;
    },
  ): Promise<RuleSaved> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const { change, doc, active, generation, kept, reset, warnings } = decided;
    const version = (old?.version ?? 0) + 1;
    const created_at = change === "created" ? now : old?.created_at ?? now;
    const draft = { rule_id: ruleId, version, generation, change, active, doc, created_at, updated_at: now };
    const record = ruleRecord(
      { rule_id: ruleId, version, change, ...(start !== undefined && { start }) },
      now,
    );
    // A table may have gone since the document was read.
    if (active) this.#requireTables(doc);
    const reply = options.reply?.({ row: draft, kept, reset, warnings });
    try {
      const row = await store.rules.save(draft, record, reply === undefined ? [] : [reply]);
      await this.#tell(row);
      return { row, kept, reset, warnings };
    } catch (error) {
      if (error instanceof VersionConflictError) throw conflict(ruleId, error);
      throw error;
    }
  }

  async #tell({ rule_id, active }: RuleVersion): Promise<void> {
    const { control } = this.#parts;
    control.ruleSaved(rule_id);
    if (!active) await control.stopRule(rule_id);
  }

  async #startOffset(start: NonNullable<CreateOptions["start"]>): Promise<number | undefined> {
    const { log } = this.#parts.store;
    if (start.kind === "now") return undefined;
    if (start.kind === "time") return Math.max(log.first, await log.offsetAt(start.time));
    if (start.offset > log.next) throw beyondLog(start.offset, log.next);
    return Math.max(log.first, start.offset);
  }

  #requireTables(doc: JsonObject): void {
    if (!isObject(doc.trigger_spec) || doc.trigger_spec.enrichments === undefined) return;
    const parsed = parseRule(doc);
    const unknown = parsed.ok ? unknownTables(parsed.rule, this.#parts.lookups.names()) : [];
    if (unknown.length > 0) throw invalid(unknown);
  }

  #chains(ruleId: string, doc: JsonObject, { cycles = "refuse" }: SaveOptions): Promise<Fault[]> {
    const { store, apis } = this.#parts;
    return reviewChains(ruleId, doc, { rules: store.rules, apis, cycles });
  }

  /** What a rule may name. */
  #known() {
    const { channels, lookups, templates, actionTemplates, secrets } = this.#parts;
    const [tables, names] = [lookups.names(), templates.names()];
    return { channels: channels.all(), tables, templates: names, actionTemplates, secrets: secrets.names() };
  }
}

function decideEdit(old: RuleVersion, { doc, rule, warnings }: ReadRule): Decided {
  const active = rule.is_active;
  if (active !== old.active) return { ...switched(old, active), doc, active, warnings };
  const before = planOf(old);
  const next = planOf({ ...old, doc, version: old.version + 1 });
  const { kept, reset } = before === null || next === null ? NOTHING_KEPT : planChange(before, next);
  const generation = old.generation + (reset.length > 0 ? 1 : 0);
  return { change: "updated", doc, active, generation, kept, reset, warnings };
}

// A version that this release does not read never ran in it.
const NOTHING_KEPT: { kept: string[]; reset: string[] } = { kept: [], reset: [] };

/** A rule that is switched on begins anew; one that is switched off keeps nothing. */
function switched(
  old: RuleVersion,
  active: boolean,
): Pick<Decided, "change" | "generation" | "kept" | "reset"> {
  return {
    change: active ? "enabled" : "disabled",
    generation: old.generation + (active ? 1 : 0),
    kept: [],
    reset: operators(old),
  };
}

/** Names of the operators of a version that hold state. */
function operators(row: RuleVersion): string[] {
  const plan = planOf(row);
  return plan === null ? [] : planChange(plan, plan).kept;
}

function ruleRecord(said: RuleRecord, arrival: number): NewRecord {
  const body = encodeRuleRecord(said);
  return { kind: "rule", topic: "", count: 1, arrival, body, lines: Uint32Array.of(0, body.length + 1) };
}

function shownSave({ row, kept, reset, warnings }: RuleSaved): JsonObject {
  return {
    ...shownRule(row),
    kept: [...kept],
    reset: [...reset],
    warnings: warnings as unknown as JsonValue[],
  };
}
