/**
 * The actions of a rule as a flat list of steps, in the order in which they are written: each is carried out by
 * itself, under the conditions of every `if` around it. The place of a step in the list names it in a version of
 * its rule, so the list must be the same whenever the same document is read.
 */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { shown } from "../faults.ts";
import { nearestName } from "../nearest_name.ts";
import { type Guard, readGuard, resultsOf } from "./guard.ts";
import { type NotifyAction, notifySchema, tellsResults } from "./notify_action.ts";
import { type ResultName, type ResultUse, resultUses } from "./results_named.ts";
import { type ScriptAction, scriptActionSchema } from "./script_action.ts";
import { type StoreAction, storeActionSchema } from "./store_action.ts";
import { type TriggerAction, triggerActionSchema } from "./trigger_action.ts";
import { type WebhookAction, webhookActionSchema } from "./webhook_action.ts";

/** Actions of a rule, those within `if` counted. */
export const ACTIONS_MAX = 20;
/** `if` within `if`. */
export const IF_DEPTH_MAX = 4;

/** What a step does. */
export type Deed = WebhookAction | ScriptAction | TriggerAction | StoreAction | NotifyAction;

export interface Step {
  deed: Deed;
  /** All must be as they say. */
  when: readonly Guard[];
  /** Whether it needs what steps before it came to. */
  waits: boolean;
}

/** What is read so far. */
export interface Reading {
  ctx: z.RefinementCtx;
  /** Told as the alert is born, whatever else happens: the first notify that stands under no `if`. */
  told: NotifyAction | null;
  steps: Step[];
  /** What is read of results, and the names that they have. */
  uses: ResultUse[];
  names: ResultName[];
}

type Path = readonly (string | number)[];
type Issue = z.core.$ZodRawIssue;

const SCHEMAS: Readonly<Record<string, z.ZodType<Deed>>> = {
  notify: notifySchema,
  webhook: webhookActionSchema,
  api_script: scriptActionSchema("api_script"),
  api_call: scriptActionSchema("api_call"),
  trigger_rule: triggerActionSchema,
  trigger: triggerActionSchema,
  store: storeActionSchema,
};
const LEAF_TYPES = Object.keys(SCHEMAS);
const TYPES = [...LEAF_TYPES, "if", "multi_action"];

/** Any case; without one an action is a webhook, or what its members say (compat). */
export function typeOf(spec: Readonly<Record<string, unknown>>): string {
  if (spec.type !== undefined && spec.type !== null) {
    return typeof spec.type === "string" ? spec.type.trim().toLowerCase() : "";
  }
  if ("actions" in spec) return "multi_action";
  return "if" in spec ? "if" : "webhook";
}

/** Reads one action into `reading`; answers it as `effective` shows it. Faults are told at `path`. */
export function readStep(given: unknown, reading: Reading, path: Path, when: readonly Guard[]): JsonObject {
  const type = isObject(given) ? typeOf(given) : null;
  if (type === "if") return readIf(given, reading, path, when);
  const schema = type === null ? undefined : SCHEMAS[type];
  if (schema === undefined) {
    tell(reading, path, refusalOf(given, type));
    return {};
  }
  const read = schema.safeParse(given, { reportInput: true });
  if (!read.success) {
    for (const issue of read.error.issues) tell(reading, path, issue as Issue);
    return {};
  }
  reading.uses.push(...resultUses(given, path, reading.steps.length));
  place(read.data, reading, path, when);
  return read.data.written;
}

function place(read: Deed, reading: Reading, path: Path, when: readonly Guard[]): void {
  const deed = read.type === "notify" ? { ...read, at: path } : read;
  if (deed.type !== "notify") {
    if (deed.as !== null) reading.names.push({ as: deed.as, index: reading.steps.length, path });
    reading.steps.push({ deed, when, waits: true });
  } else if (when.length === 0 && reading.told === null && !tellsResults(deed)) {
    reading.told = deed;
    return;
  } else {
    const waits = tellsResults(deed) || when.some(({ reads }) => reads === "results");
    if (deed.channels.length === 0) {
      tell(reading, [...path, "channels"], {
        ...{ code: "custom", input: undefined, params: { code: "required" } },
        message: "channels is required: only the first notify, outside of every if, can leave them to routes",
      });
    }
    reading.steps.push({ deed, when, waits });
  }
  if (reading.steps.length !== ACTIONS_MAX + 1) return;
  const message = `Cannot use more than ${ACTIONS_MAX} actions`;
  tell(reading, path, { code: "custom", input: undefined, message, params: { code: "out_of_range" } });
}

const ifSchema = closedObject({
  id: z.unknown().optional(),
  type: z.unknown().optional(),
  if: z.unknown().optional(),
  then: z.unknown().optional(),
  else: z.unknown().optional(),
});

function readIf(given: unknown, reading: Reading, path: Path, when: readonly Guard[]): JsonObject {
  const read = ifSchema.safeParse(given, { reportInput: true });
  if (!read.success) {
    for (const issue of read.error.issues) tell(reading, path, issue as Issue);
    return {};
  }
  const { if: condition, then, else: otherwise } = read.data;
  const custom = (message: string, code: string): Issue => ({
    ...{ code: "custom", input: given, message, params: { code } },
  });
  if (then === undefined && otherwise === undefined) {
    tell(reading, [...path, "then"], custom("then is required", "required"));
  }
  if (when.length >= IF_DEPTH_MAX) {
    tell(reading, path, custom(`Cannot nest if deeper than ${IF_DEPTH_MAX} levels`, "too_deep"));
    return {};
  }
  const guard = within(reading, [...path, "if"], (ctx) => readGuard(condition, ctx));
  if (guard === null) return {};
  const before = reading.steps.length;
  reading.uses.push(...resultsOf(guard.condition).map((name) => ({ name, path: [...path, "if"], before })));
  const branch = (name: "then" | "else", actions: unknown): JsonObject => {
    if (actions === undefined || actions === null) return {};
    const guards = [...when, { ...guard, holds: name === "then" }];
    if (!Array.isArray(actions)) return { [name]: [readStep(actions, reading, [...path, name], guards)] };
    return { [name]: readSteps(actions, reading, [...path, name], guards) };
  };
  return { if: condition as JsonValue, ...branch("then", then), ...branch("else", otherwise) };
}

export function readSteps(
  actions: readonly unknown[],
  reading: Reading,
  path: Path,
  when: readonly Guard[],
): JsonObject[] {
  return actions.map((action, i) => readStep(action, reading, [...path, i], when));
}

/** Runs a reader whose faults are told at `path`. */
function within<T>(reading: Reading, path: Path, read: (ctx: z.RefinementCtx) => T): T {
  const ctx = {
    ...reading.ctx,
    issues: [] as Issue[],
    addIssue: (issue: Issue) => tell(reading, path, issue),
  } as unknown as z.RefinementCtx;
  const result = read(ctx);
  for (const issue of ctx.issues as unknown as Issue[]) tell(reading, path, issue);
  return result;
}

function tell({ ctx }: Reading, path: Path, issue: Issue): void {
  ctx.addIssue({ ...issue, path: [...path, ...(issue.path ?? [])] } as never);
}

function refusalOf(given: unknown, type: string | null): Issue {
  const base = { code: "custom" as const, input: given };
  if (type === null) {
    const message = `Cannot use ${shown(given)} as an action: expected an object`;
    return { ...base, message, params: { code: "invalid_type" } };
  }
  if (type === "multi_action") {
    const message = 'Unsupported action type "multi_action" within actions: list its actions here';
    return { ...base, path: ["type"], message, params: { code: "unsupported_action" } };
  }
  const message = `Unsupported action type ${shown(type)}: did you mean "${nearestName(type, TYPES)}"?`;
  return { ...base, path: ["type"], message, params: { code: "unsupported_action" } };
}
