/** `deliveries list` and `deliveries redrive`. */
import { type Command, type CommandCall, CommandError, EXIT, usageError } from "./command.ts";
import { limitOf } from "./number_options.ts";
import { tableText } from "./table_text.ts";

const COLUMNS = ["delivery_id", "created_at", "state", "channel_id", "rule_id", "attempts_total"];
const FILTERS = { state: "string", channel: "string", rule: "string", reason: "string" } as const;

export const deliveriesList: Command = {
  name: "deliveries list",
  summary: "List deliveries, newest first",
  usage: "[--state STATE] [--channel ID] [--rule ID] [--reason REASON] [--limit N]",
  options: { ...FILTERS, limit: "string" },
  help: `  --state, --channel, --rule, --reason   only deliveries with it
  --limit N          how many at most (50)`,
  async run(call) {
    const found = await Array.fromAsync(
      call.api.items("/deliveries", filterOf(call), limitOf(call.text("limit"))),
    );
    call.print(call.json ? `${JSON.stringify(found, null, 2)}\n` : tableText(found, COLUMNS));
    return EXIT.ok;
  },
};

export const deliveriesRedrive: Command = {
  name: "deliveries redrive",
  summary: "Send deliveries again that were given up",
  usage: "[--dry-run] (DELIVERY_ID... | --all | filters)",
  options: { ...FILTERS, all: "boolean", "dry-run": "boolean" },
  help: `  --state, --channel, --rule, --reason   only deliveries with all of it
  --all              everything that can be sent again
  --dry-run          tells how many there are, and sends none`,
  async run(call) {
    const { api, json, operands, print } = call;
    const filter = Object.fromEntries(
      Object.entries(filterOf(call)).filter(([, value]) => value !== undefined),
    );
    if (operands.length === 0 && Object.keys(filter).length === 0 && !call.flag("all")) {
      throw usageError("expected ids of deliveries, a filter, or --all");
    }
    const ids = operands.length === 0 ? {} : { delivery_ids: operands };
    const { body } = await api.send("POST", "/deliveries/redrive", {
      ...filter,
      ...ids,
      dry_run: call.flag("dry-run"),
    });
    print(
      json
        ? `${JSON.stringify(body, null, 2)}\n`
        : `redriven ${body.redriven}, remaining ${body.remaining}\n`,
    );
    const missed = operands.filter((id) => !body.delivery_ids.includes(id));
    if (call.flag("dry-run") || missed.length === 0) return EXIT.ok;
    throw new CommandError(`not sent again, unknown or not given up: ${missed.join(", ")}`, EXIT.refused);
  },
};

function filterOf({ text }: CommandCall) {
  return {
    state: text("state"),
    channel_id: text("channel"),
    rule_id: text("rule"),
    reason: text("reason"),
  };
}
