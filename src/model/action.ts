/**
 * action_spec: what happens beyond the alert. Absent or empty: nothing. One action, an `if` with its branches, or
 * several (`multi_action`); docs/actions.md says what each does.
 */
import * as z from "zod";
import { isObject, type JsonObject } from "../base/json.ts";
import type { NotifyAction } from "./action/notify_action.ts";
import { IN_PARALLEL, resultFaults } from "./action/results_named.ts";
import { ACTIONS_MAX, type Reading, readStep, readSteps, type Step, typeOf } from "./action/steps.ts";
import { closedObject } from "./closed_object.ts";
import { shown } from "./faults.ts";
import type { Fault } from "../base/problem.ts";
import type { Purpose } from "./purpose.ts";

export type { NotifyAction } from "./action/notify_action.ts";
export type { Deed, Step } from "./action/steps.ts";

export interface Action {
  /** What is told as the alert is born; its words are the alert's. null: nothing. */
  notify: NotifyAction | null;
  /** What is carried out for each alert that fires, each by itself. */
  steps: readonly Step[];
  /** Each step waits until the one before is done or given up. */
  inOrder: boolean;
  /** As `effective` shows it. */
  written: JsonObject;
  /** Results that can never be there, which is refused where it is saved. */
  faults: readonly Fault[];
}

export const NO_ACTION: Action = { notify: null, steps: [], inOrder: false, written: {}, faults: [] };

/** Everything in it that tells people. */
export function notifiesOf({ notify, steps }: Action): NotifyAction[] {
  const later = steps.flatMap(({ deed }) => deed.type === "notify" ? [deed] : []);
  return notify === null ? later : [notify, ...later];
}

/** Whether it tells channels by name, also under a condition: no route is taken then. */
export function namesChannels({ notify, steps }: Action): boolean {
  return (notify?.channels ?? []).length > 0 || steps.some(({ deed }) => deed.type === "notify");
}

/** The schema of action_spec. Simulation sends nothing, so it takes every action but a notify as none. */
export function actionSchema(purpose: Purpose): z.ZodType<Action> {
  return z.unknown().transform((given, ctx): Action => {
    if (given === undefined || given === null || (isObject(given) && Object.keys(given).length === 0)) {
      return NO_ACTION;
    }
    if (!isObject(given)) {
      const message = `Cannot use ${shown(given)} as action_spec: expected an object`;
      ctx.addIssue({ code: "custom", input: given, message, params: { code: "invalid_type" } });
      return NO_ACTION;
    }
    const type = typeOf(given);
    if (purpose === "simulate" && type !== "notify") return NO_ACTION;
    const reading: Reading = { ctx, told: null, steps: [], uses: [], names: [] };
    return type === "multi_action" ? readSeveral(given, reading) : readOne(given, reading);
  });
}

function readOne(given: JsonObject, reading: Reading): Action {
  const written = readStep(given, reading, [], []);
  const { told: notify, steps } = reading;
  return { notify, steps, inOrder: steps.length > 1, written, faults: resultFaults(reading, "sequential") };
}

const severalSchema = closedObject({
  id: z.unknown().optional(),
  type: z.unknown().optional(),
  actions: z.array(z.unknown()).max(ACTIONS_MAX),
  mode: z.enum(["sequential", "parallel"]).nullish(),
});

function readSeveral(given: JsonObject, reading: Reading): Action {
  const read = severalSchema.safeParse(given, { reportInput: true });
  if (!read.success) {
    for (const issue of read.error.issues) reading.ctx.addIssue({ ...issue } as never);
    return NO_ACTION;
  }
  const { actions, mode } = read.data;
  const written = readSteps(actions, reading, ["actions"], []);
  const inOrder = mode !== "parallel";
  const late = reading.steps.find(({ waits, when, deed }) =>
    waits && (deed.type === "notify" || when.some(({ reads }) => reads === "results"))
  );
  if (!inOrder && late !== undefined) {
    reading.ctx.addIssue({
      code: "custom",
      input: mode,
      path: ["mode"],
      message: IN_PARALLEL,
      params: { code: "conflict" },
    });
  }
  return {
    ...{ notify: reading.told, steps: reading.steps, inOrder },
    faults: resultFaults(reading, inOrder ? "sequential" : "parallel"),
    written: { type: "multi_action", mode: inOrder ? "sequential" : "parallel", actions: written },
  };
}
