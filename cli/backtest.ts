/** `backtest`: a stored rule, or the one of a file, over the stored log; waits for the result. */
import { sleep, systemClock } from "../src/base/clock.ts";
import { type Command, CommandError, EXIT, usageError } from "./command.ts";
import { rulePath } from "./rule_changes.ts";
import { readRuleFiles } from "./rule_files.ts";

const POLL_MS = 200;
const UNDER_WAY = ["queued", "running"];

export const backtest: Command = {
  name: "backtest",
  summary: "Run a rule over the stored log and wait for what it would have found",
  usage: "[--from FROM] [--to TO] (RULE_ID | --file FILE)",
  options: { from: "string", to: "string", file: "string" },
  help: `  --from, --to       offsets of the log, or times like 2026-01-31T12:00:00Z; --to is exclusive
  --file FILE        the rule of a file instead of a stored one`,
  async run({ api, json, operands, text, print }) {
    const range = { from: boundOf(text("from")), to: boundOf(text("to")) };
    const file = text("file");
    if ((file === undefined) !== (operands.length === 1)) {
      throw usageError("expected the id of one rule, or --file");
    }
    const begun = file === undefined
      ? await api.send("POST", `${rulePath(operands[0]!)}/backtest`, range)
      : await api.send("POST", "/rules/backtest", { ...range, rule: onlyRule(file) });
    let shown = begun.body;
    while (UNDER_WAY.includes(shown.state)) {
      await sleep(systemClock, POLL_MS);
      shown = (await api.send("GET", `/backtests/${shown.backtest_id}`)).body;
    }
    if (json) print(`${JSON.stringify(shown, null, 2)}\n`);
    else if (shown.state === "done") {
      print(
        `${shown.progress.events} events from ${shown.from} to ${shown.to}, ${shown.result.alerts_total} alerts\n`,
      );
    }
    if (shown.state === "done") return EXIT.ok;
    throw new CommandError(`the backtest ended as ${shown.state}: ${shown.error ?? ""}`, EXIT.refused);
  },
};

function onlyRule(file: string) {
  const [rule, ...others] = readRuleFiles([file]);
  if (rule === undefined || others.length > 0) throw usageError(`${file}: expected one rule`);
  return rule.doc;
}

function boundOf(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}
