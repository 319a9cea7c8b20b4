/** `alerts list`, `alerts ack` and `alerts tail`. */
import type { JsonObject } from "../src/base/json.ts";
import { type Command, EXIT, usageError } from "./command.ts";
import { limitOf } from "./number_options.ts";
import { tableText } from "./table_text.ts";

const COLUMNS = ["alert_id", "fired_at", "severity", "status", "rule_id", "title"];

export const alertsList: Command = {
  name: "alerts list",
  summary: "List alerts, newest first",
  usage: "[--rule RULE_ID] [--severity SEVERITY] [--status STATUS] [--limit N]",
  options: { rule: "string", severity: "string", status: "string", limit: "string" },
  help: `  --rule, --severity, --status   only alerts with it
  --limit N          how many at most (50)`,
  async run({ api, json, text, print }) {
    const query = { rule_id: text("rule"), severity: text("severity"), status: text("status") };
    const alerts = await Array.fromAsync(api.items("/alerts", query, limitOf(text("limit"))));
    print(json ? `${JSON.stringify(alerts, null, 2)}\n` : tableText(alerts, COLUMNS));
    return EXIT.ok;
  },
};

export const alertsAck: Command = {
  name: "alerts ack",
  summary: "Acknowledge alerts",
  usage: "[--by NAME] ALERT_ID...",
  options: { by: "string" },
  help: "  --by NAME          who acknowledges",
  async run({ api, json, operands, text, print }) {
    if (operands.length === 0) throw usageError("expected ids of alerts");
    const by = text("by");
    const acked: JsonObject[] = [];
    for (const id of operands) {
      acked.push(
        (await api.send("POST", `/alerts/${encodeURIComponent(id)}/ack`, by === undefined ? {} : { by }))
          .body,
      );
    }
    if (json) print(`${JSON.stringify(acked, null, 2)}\n`);
    else for (const id of operands) print(`${id} acknowledged\n`);
    return EXIT.ok;
  },
};

export const alertsTail: Command = {
  name: "alerts tail",
  summary: "Print alerts as they fire, a line each, until interrupted",
  usage: "",
  help: "Exit code 3 when the server ends.",
  async run({ api, json, print }) {
    for await (const { event, data } of api.follow("/alerts/stream")) {
      if (event === "summary") continue;
      const alert = JSON.parse(data);
      print(json ? `${data}\n` : `${alert.fired_at}  ${alert.severity}  ${alert.rule_id}  ${alert.title}\n`);
    }
    return EXIT.ok;
  },
};
