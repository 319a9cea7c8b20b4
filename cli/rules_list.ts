/** `rules list`, `rules export`, `rules enable`, `rules disable` and `rules delete`. */
import { stringify } from "yaml";
import type { JsonObject } from "../src/base/json.ts";
import { type Command, EXIT, usageError } from "./command.ts";
import { asWritten, rulePath } from "./rule_changes.ts";
import { tableText } from "./table_text.ts";

export const rulesList: Command = {
  name: "rules list",
  summary: "List rules",
  usage: "[--search TEXT]",
  options: { search: "string" },
  help: "  --search TEXT      only rules whose id, name or description holds it",
  async run({ api, json, text, print }) {
    const rules = await Array.fromAsync(api.items("/rules", { search: text("search") }));
    if (json) print(`${JSON.stringify(rules, null, 2)}\n`);
    else print(tableText(rules, ["rule_id", "rule_name", "trigger_type", "is_active", "version"]));
    return EXIT.ok;
  },
};

export const rulesExport: Command = {
  name: "rules export",
  summary: "Print rules as YAML documents (--json: a list), as rules apply takes them",
  usage: "[RULE_ID...]",
  async run({ api, json, operands, print }) {
    const rules: JsonObject[] = operands.length === 0 ? await Array.fromAsync(api.items("/rules")) : [];
    for (const id of operands) rules.push((await api.send("GET", rulePath(id))).body);
    const written = rules.map(asWritten);
    print(
      json
        ? `${JSON.stringify(written, null, 2)}\n`
        : written.map((rule) => `---\n${stringify(rule)}`).join(""),
    );
    return EXIT.ok;
  },
};

export const rulesDelete: Command = {
  name: "rules delete",
  summary: "Delete rules",
  usage: "RULE_ID...",
  async run({ api, json, operands, print }) {
    if (operands.length === 0) throw usageError("expected ids of rules");
    for (const id of operands) {
      await api.send("DELETE", rulePath(id));
      if (!json) print(`${id} deleted\n`);
    }
    if (json) print(`${JSON.stringify(operands.map((rule_id) => ({ rule_id, deleted: true })), null, 2)}\n`);
    return EXIT.ok;
  },
};

export const rulesEnable = switching("enable", "Enable rules");
export const rulesDisable = switching("disable", "Disable rules");

function switching(verb: "enable" | "disable", summary: string): Command {
  return {
    name: `rules ${verb}`,
    summary,
    usage: "RULE_ID...",
    async run({ api, json, operands, print }) {
      if (operands.length === 0) throw usageError("expected ids of rules");
      const saved: JsonObject[] = [];
      for (const id of operands) saved.push((await api.send("POST", `${rulePath(id)}/${verb}`)).body);
      if (json) print(`${JSON.stringify(saved, null, 2)}\n`);
      else for (const id of operands) print(`${id} ${verb}d\n`);
      return EXIT.ok;
    },
  };
}
