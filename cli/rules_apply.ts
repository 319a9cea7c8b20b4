/** `rules apply`: makes the server's rules what the files say. Applying twice changes nothing the second time. */
import { type Command, type CommandCall, EXIT } from "./command.ts";
import { changesOf, changeText, pruningOf, type RuleChange, rulePath } from "./rule_changes.ts";
import { readNamedRules } from "./rule_files.ts";

export const rulesApply: Command = {
  name: "rules apply",
  summary: "Create and change rules so that they are what files say",
  usage: "[--dry-run] [--prune --label NAME=VALUE] FILE|FOLDER...",
  options: { "dry-run": "boolean", prune: "boolean", label: "string" },
  help: `  --dry-run          tells what would change, and changes nothing
  --prune            deletes rules that have the label and are in no file
  --label NAME=VALUE which rules may be deleted; every rule in the files must have it`,
  async run(call) {
    const { changes } = await read(call);
    if (!call.flag("dry-run")) { for (const change of changes) await apply(change, call); }
    if (call.json) call.print(`${JSON.stringify(changes.map(shown), null, 2)}\n`);
    else changes.forEach((change) => call.print(changeText(change)));
    return EXIT.ok;
  },
};

export const rulesDiff: Command = {
  name: "rules diff",
  summary: "Show what applying files would change; exit code 1 where it would change something",
  usage: "[--prune --label NAME=VALUE] FILE|FOLDER...",
  options: { prune: "boolean", label: "string" },
  help: "  --prune, --label   as of rules apply",
  async run(call) {
    const { changes } = await read(call);
    const differing = changes.filter(({ change }) => change !== "unchanged");
    if (call.json) call.print(`${JSON.stringify(differing.map(shown), null, 2)}\n`);
    else differing.forEach((change) => call.print(changeText(change)));
    return differing.length === 0 ? EXIT.ok : EXIT.refused;
  },
};

async function read(call: CommandCall): Promise<{ changes: RuleChange[] }> {
  const pruning = pruningOf(call.flag("prune"), call.text("label"));
  return { changes: await changesOf(readNamedRules(call.operands), call.api, pruning) };
}

async function apply({ rule_id, change, doc }: RuleChange, { api }: CommandCall): Promise<void> {
  if (change === "create") await api.send("POST", "/rules", doc);
  else if (change === "update") await api.send("PUT", rulePath(rule_id), doc);
  else if (change === "delete") await api.send("DELETE", rulePath(rule_id), undefined, [404]);
}

function shown({ rule_id, change, lines }: RuleChange) {
  return { rule_id, change, differences: lines };
}
