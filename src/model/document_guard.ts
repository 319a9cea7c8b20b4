/**
 * The first look at a document from outside, before any schema sees it. It walks without recursion, so
 * that a document a million levels deep is refused as quickly as a small one, and stops at the first fault:
 * depth, size, a member named `__proto__`, a number that JSON cannot hold (1e309 parses to Infinity).
 */
import { type Fault, pointer } from "../base/problem.ts";

/** Levels of lists and objects. Thirty-two nested condition groups need 67. */
export const DOCUMENT_DEPTH_MAX = 100;
/** Values of every kind, counted together. */
export const DOCUMENT_VALUES_MAX = 100_000;

interface Visit {
  value: unknown;
  depth: number;
  path: Path | null;
}

// A linked list: a path is written out only for the one fault that is told.
interface Path {
  name: PropertyKey;
  parent: Path | null;
}

/** The fault that makes `document` unfit for a schema; null when there is none. */
export function guardDocument(document: unknown): Fault | null {
  const pending: Visit[] = [{ value: document, depth: 1, path: null }];
  let values = 1;
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const refused = refusal(visit);
    if (refused !== null) return refused;
    values += sizeOf(visit.value);
    if (values > DOCUMENT_VALUES_MAX) return TOO_LARGE;
    for (const child of childrenOf(visit)) pending.push(child);
  }
  return null;
}

const TOO_LARGE: Fault = {
  pointer: "",
  code: "too_large",
  message: `Cannot read a document of more than ${DOCUMENT_VALUES_MAX} values`,
};

function refusal({ value, depth, path }: Visit): Fault | null {
  if (path?.name === "__proto__") {
    return fault(path, "forbidden_member", `Cannot use "__proto__" as a member: the name is reserved`);
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return fault(path, "not_finite", "Cannot read a number beyond the finite doubles");
  }
  if (depth <= DOCUMENT_DEPTH_MAX || typeof value !== "object" || value === null) return null;
  return fault(null, "too_deep", `Cannot read a document nested deeper than ${DOCUMENT_DEPTH_MAX} levels`);
}

function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function childrenOf({ value, depth, path }: Visit): Visit[] {
  if (typeof value !== "object" || value === null) return [];
  const members: [PropertyKey, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return members.map(([name, item]) => ({ value: item, depth: depth + 1, path: { name, parent: path } }));
}

function fault(path: Path | null, code: string, message: string): Fault {
  const names: PropertyKey[] = [];
  for (let at = path; at !== null; at = at.parent) names.unshift(at.name);
  return { pointer: pointer(...names), code, message };
}
