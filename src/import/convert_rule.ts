/**
 * A rule of the reference system as one of ours. The documents are the same; what is mended here is what it
 * took without a word: members that nobody reads, schedules that say nothing, names that only its pages know.
 * What cannot run is refused with its faults, never saved as something else.
 */
import { isObject, type JsonObject } from "../base/json.ts";
import { derivedId } from "../base/ids.ts";
import type { Fault } from "../base/problem.ts";
import { UNKNOWN_MEMBER } from "../model/closed_object.ts";
import { parseRule } from "../model/rule.ts";
import { type Converted, drop, type Edits, editsOf, rename, set } from "./edits.ts";

/** Members of answers that mean nothing in a document. */
const ANSWERED = ["created_at", "updated_at", "version", "effective", "status", "tenant_id"];
/** What the reference system does with a schedule that says nothing. */
const SECONDS_DEFAULT = 300;
/** Each round drops what nobody knows; a document has no more levels than this. */
const ROUNDS_MAX = 40;

export function convertRule(item: JsonObject): Converted {
  const edits = editsOf(item);
  const { document } = edits;
  for (const name of ANSWERED) delete document[name];
  const name = typeof document.rule_name === "string" ? document.rule_name : "";
  const id = identify(edits, name);
  keepAuthor(edits);
  moveDescription(edits);
  for (const spec of ["trigger_spec", "action_spec"]) {
    if (document[spec] === null) set(edits, `/${spec}`, { value: {}, why: "null says that there is none" });
  }
  mendTrigger(edits);
  const faults = dropUnknown(edits);
  if (faults.length === 0) return { ok: true, id, name, document, changes: edits.changes };
  const errors = faults.map(({ pointer, message }) => ({ pointer, message }));
  return { ok: false, id, name, changes: edits.changes, errors };
}

/** An id of its own keeps a second import from making a second rule. */
function identify(edits: Edits, name: string): string {
  const given = edits.document.rule_id;
  if (typeof given === "string" && given !== "") return given;
  const value = derivedId("imported-", ["rule", name]);
  set(edits, "/rule_id", { value, why: "there was none: made of the name" });
  return value;
}

/** `created_by` is a member of our answers; the compatibility router shows it from here. */
function keepAuthor({ document }: Edits): void {
  const { created_by } = document;
  delete document.created_by;
  if (typeof created_by === "string" && created_by !== "") document["x-created_by"] ??= created_by;
}

/** Its pages keep the description of a rule within the action. */
function moveDescription(edits: Edits): void {
  const { action_spec } = edits.document;
  if (!isObject(action_spec) || typeof action_spec.description !== "string") return;
  const description = action_spec.description;
  drop(edits, "/action_spec/description", "a description belongs to the rule: moved there");
  edits.document.description ??= description;
}

function mendTrigger(edits: Edits): void {
  const { trigger_type, trigger_spec } = edits.document;
  if (!isObject(trigger_spec)) return;
  if (trigger_type === "schedule") return mendSchedule(edits, trigger_spec);
  rename(edits, "/trigger_spec/poll_interval_seconds", {
    to: "interval_seconds",
    why: "it is interval_seconds here",
  });
  // 0: at every round of the poller, which was every 10 s.
  if (trigger_spec.interval_seconds === 0) {
    set(edits, "/trigger_spec/interval_seconds", {
      value: 10,
      why: "0 was every round, which was every 10 s",
    });
  }
}

/** A valid cron text, else interval_seconds, else every five minutes. */
function mendSchedule(edits: Edits, spec: JsonObject): void {
  for (const name of ["cron", "scheduleExpression", "schedule_expression"]) {
    if (spec[name] === undefined || spec[name] === null) continue;
    const alone = { rule_name: "x", trigger_type: "schedule", trigger_spec: { cron: spec[name] } };
    if (parseRule(alone).ok) return;
    drop(edits, `/trigger_spec/${name}`, "it is no cron text, so it was passed over");
  }
  if (spec.interval_seconds !== undefined || spec.interval !== undefined) return;
  const why = "the schedule says nothing, which was every 5 minutes";
  set(edits, "/trigger_spec/interval_seconds", { value: SECONDS_DEFAULT, why });
}

/** Drops what nobody knows, and answers what else is wrong. */
function dropUnknown(edits: Edits): readonly Fault[] {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const parsed = parseRule(edits.document);
    if (parsed.ok) return [];
    const unknown = parsed.errors.filter(({ code }) => code === UNKNOWN_MEMBER);
    const before = edits.changes.length;
    for (const { pointer, message } of unknown) drop(edits, pointer, `it had no effect. ${message}`);
    if (edits.changes.length === before) return parsed.errors;
  }
  return [{ pointer: "", code: "too_deep", message: "Cannot read the rule: it is nested too deep" }];
}
