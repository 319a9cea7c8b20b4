/**
 * What actions read of those before them: names in `results`. One that can never be there is a fault of a document
 * that is saved. What is stored already is taken as it is: such a place reads nothing, and harms nobody.
 */
import { isObject, type JsonValue } from "../../base/json.ts";
import { type Fault, pointer } from "../../base/problem.ts";
import { parseMessage, RESULTS } from "../message.ts";
import { nearestName } from "../nearest_name.ts";

type Path = readonly (string | number)[];

/** A place or condition that names results. */
export interface ResultUse {
  path: Path;
  /** As it was written; just "results" is all of them. */
  name: string;
  /** So many actions are before it. */
  before: number;
}

export interface ResultName {
  path: Path;
  as: string;
  index: number;
}

/** Members of actions in whose texts places stand. */
const MEMBERS = [
  "endpoint",
  "headers",
  "params",
  "body",
  "input",
  "payload",
  "row",
  "event",
  "message",
  "title",
];
const BY_PLACE = /^(?:0|[1-9]\d*)$/;

/** Those in the texts of an action. */
export function resultUses(given: unknown, path: Path, before: number): ResultUse[] {
  if (!isObject(given)) return [];
  return MEMBERS.flatMap((member) => usesIn(given[member], [...path, member], before));
}

function usesIn(value: JsonValue | undefined, path: Path, before: number): ResultUse[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => usesIn(item, [...path, i], before));
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, item]) => usesIn(item, [...path, name], before));
  }
  if (typeof value !== "string" || !value.includes(RESULTS)) return [];
  const parsed = parseMessage(value);
  if (!parsed.ok) return [];
  const places = parsed.message.parts.flatMap((part) => part.kind === "place" ? [part.path] : []);
  return places.filter(isOfResults).map((name) => ({ path, name, before }));
}

export function isOfResults(path: string): boolean {
  return path === RESULTS || path.startsWith(`${RESULTS}.`);
}

/** Faults of an action_spec as a whole. */
export function resultFaults(
  { uses, names }: { uses: readonly ResultUse[]; names: readonly ResultName[] },
  mode: "sequential" | "parallel",
): Fault[] {
  if (mode === "parallel" && uses.length > 0) {
    return [{ pointer: pointer("action_spec", "mode"), code: "conflict", message: IN_PARALLEL }];
  }
  const doubles = names.flatMap((one, i) => {
    const earlier = names.findLast(({ as }, at) => at < i && as === one.as);
    if (earlier === undefined || !isAmbiguous(earlier, one, uses)) return [];
    const message =
      `Cannot use "${one.as}" as the name of a second action: ${RESULTS}.${one.as} would be either`;
    return [{ pointer: pointer("action_spec", ...one.path, "as"), code: "duplicate", message }];
  });
  const unknown = uses.flatMap(({ path, name, before }) => {
    const message = faultOf(name.split(".")[1] ?? null, { before, names });
    return message === null
      ? []
      : [{ pointer: pointer("action_spec", ...path), code: "unknown_result", message }];
  });
  return [...doubles, ...unknown];
}

/**
 * Whether what reads the name behind both may mean the first. A template of actions that is used twice names its
 * actions twice: what reads the first name stands before the second.
 */
function isAmbiguous(first: ResultName, second: ResultName, uses: readonly ResultUse[]): boolean {
  const reads = uses.filter(({ name }) => name.split(".")[1] === first.as);
  const between = reads.some(({ before }) => before > first.index && before <= second.index);
  return !between && reads.some(({ before }) => before > second.index);
}

export const IN_PARALLEL =
  "Cannot use results of actions that run in parallel: leave mode out, or use sequential";

function faultOf(
  name: string | null,
  { before, names }: { before: number; names: readonly ResultName[] },
): string | null {
  if (name === null || (BY_PLACE.test(name) && Number(name) < before)) return null;
  const known = names.find(({ as }) => as === name);
  if (known !== undefined && known.index < before) return null;
  const place = `${RESULTS}.${name}`;
  if (before === 0) return `Cannot use ${place} here: no action comes before`;
  if (known !== undefined) return `Cannot use ${place} here: that action does not come before`;
  const nearest = nearestName(name, names.filter(({ index }) => index < before).map(({ as }) => as));
  const hint = nearest === undefined
    ? `actions before are ${RESULTS}.0${
      before > 1 ? ` to ${RESULTS}.${before - 1}` : ""
    }; "as" gives one a name`
    : `did you mean "${RESULTS}.${nearest}"?`;
  return `Cannot find ${place} among the actions before: ${hint}`;
}
