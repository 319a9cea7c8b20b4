/**
 * What applying files would change on a server, and the lines that tell it. Members that the server adds to a rule
 * are nobody's change; whether a rule is active is one only where the file says so.
 */
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import type { ApiClient } from "./api_client.ts";
import { CommandError, EXIT, usageError } from "./command.ts";
import type { FiledRule } from "./rule_files.ts";

const ANSWER_MEMBERS = ["created_at", "updated_at", "created_by", "version", "effective", "status"];
const LABEL = /^([^=]+)=(.*)$/;

export interface RuleChange {
  rule_id: string;
  change: "create" | "update" | "delete" | "unchanged";
  /** One line for each member that differs. */
  lines: string[];
  /** As it is to be sent. */
  doc: JsonObject;
}

export interface Pruning {
  name: string;
  value: string;
}

/** What `--prune --label name=value` asks for; null: nothing is deleted. */
export function pruningOf(prune: boolean, label: string | undefined): Pruning | null {
  if (!prune) return null;
  const match = LABEL.exec(label ?? "");
  if (match === null) {
    throw usageError("--prune needs --label name=value: only rules with that label may be deleted");
  }
  return { name: match[1]!, value: match[2]! };
}

/** In the order of the files, deletions last. @throws CommandError when a file's rule lacks the label of `pruning` */
export async function changesOf(
  rules: readonly FiledRule[],
  api: ApiClient,
  pruning: Pruning | null,
): Promise<RuleChange[]> {
  if (pruning !== null) checkLabels(rules, pruning);
  const changes: RuleChange[] = [];
  for (const rule of rules) changes.push(await changeOf(rule, api));
  if (pruning === null) return changes;
  const kept = new Set(rules.map(({ rule_id }) => rule_id));
  for await (const found of api.items("/rules")) {
    if (kept.has(String(found.rule_id)) || !hasLabel(found, pruning)) continue;
    changes.push({ rule_id: String(found.rule_id), change: "delete", lines: [], doc: {} });
  }
  return changes;
}

function checkLabels(rules: readonly FiledRule[], pruning: Pruning): void {
  if (rules.length === 0) {
    const message = "the files hold no rule: pruning would delete every rule with the label " +
      `(rules delete deletes those that are meant)`;
    throw new CommandError(message, EXIT.refused);
  }
  const bare = rules.find(({ doc }) => !hasLabel(doc, pruning));
  if (bare === undefined) return;
  const { file, rule_id } = bare;
  const label = `${pruning.name}: ${pruning.value}`;
  const message =
    `${file}: the rule "${rule_id}" lacks the label ${label}, without which a later prune would miss it`;
  throw new CommandError(message, EXIT.refused);
}

function hasLabel({ labels }: JsonObject, { name, value }: Pruning): boolean {
  return isObject(labels) && labels[name] === value;
}

async function changeOf({ rule_id, doc }: FiledRule, api: ApiClient): Promise<RuleChange> {
  const { status, body } = await api.send("GET", rulePath(rule_id), undefined, [404]);
  if (status === 404) return { rule_id, change: "create", lines: [], doc };
  const current = asWritten(body);
  const wanted = { ...asWritten(doc), is_active: doc.is_active ?? current.is_active ?? true };
  const lines = differences(current, wanted, "");
  return { rule_id, change: lines.length === 0 ? "unchanged" : "update", lines, doc: wanted };
}

export function rulePath(rule_id: string): string {
  return `/rules/${encodeURIComponent(rule_id)}`;
}

/** A rule as its author wrote it. */
export function asWritten(shown: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(shown).filter(([name]) => !ANSWER_MEMBERS.includes(name)));
}

/** A line for each place where `to` differs from `from`: `~ /a: 1 -> 2`, `+ /b: 3`, `- /c: 4`. */
export function differences(from: JsonValue | undefined, to: JsonValue | undefined, at: string): string[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => differences(from[name], to[name], `${at}/${name}`));
  }
  if (Array.isArray(from) && Array.isArray(to)) {
    const length = Math.max(from.length, to.length);
    return Array.from({ length }, (_, i) => differences(from[i], to[i], `${at}/${i}`)).flat();
  }
  if (from === undefined) return [`+ ${at}: ${JSON.stringify(to)}`];
  if (to === undefined) return [`- ${at}: ${JSON.stringify(from)}`];
  return [`~ ${at}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`];
}

const SIGNS = { create: "+", update: "~", delete: "-", unchanged: "=" } as const;

/** @param whole with every line of what differs, and rules that stay as they are */
export function changeText({ rule_id, change, lines }: RuleChange): string {
  return [`${SIGNS[change]} ${rule_id} (${change})`, ...lines.map((line) => `    ${line}`)].join("\n") + "\n";
}
