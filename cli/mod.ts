/**
 * The door of the command line: from arguments to a command and its exit code. What fails is told on standard error,
 * in one place; standard output holds nothing but answers.
 */
import { VERSION } from "../src/base/version.ts";
import { alertsAck, alertsList, alertsTail } from "./alerts.ts";
import { createApiClient } from "./api_client.ts";
import { chooseCommand, readArguments } from "./arguments.ts";
import { backtest } from "./backtest.ts";
import { type Command, CommandError, EXIT, usageError } from "./command.ts";
import { completionsOf } from "./completions.ts";
import { deliveriesList, deliveriesRedrive } from "./deliveries.ts";
import { eventsSend, eventsTail } from "./events.ts";
import { importCommand } from "./import.ts";
import { rulesApply, rulesDiff } from "./rules_apply.ts";
import { rulesDelete, rulesDisable, rulesEnable, rulesExport, rulesList } from "./rules_list.ts";
import { rulesTest } from "./rules_test.ts";
import { secretsDelete, secretsList, secretsSet } from "./secrets.ts";
import { start } from "./start.ts";

const URL_DEFAULT = "http://127.0.0.1:8080";

export const COMMANDS: readonly Command[] = [
  start,
  ...[rulesApply, rulesDiff, rulesTest, rulesList, rulesExport, rulesEnable, rulesDisable],
  rulesDelete,
  ...[eventsSend, eventsTail, alertsList, alertsAck, alertsTail],
  ...[deliveriesList, deliveriesRedrive, backtest, importCommand],
  ...[secretsSet, secretsList, secretsDelete],
  completionsOf(() => COMMANDS),
];

const COMMON_HELP = `  --json             answers as JSON
  --url URL          the server (TOCSIN_URL, ${URL_DEFAULT})
  --token TOKEN      the admin token (TOCSIN_TOKEN, which no list of processes shows)
  --help             this text`;

export interface Terminal {
  environment(name: string): string | undefined;
  print(text: string): void;
  complain(text: string): void;
}

/** Runs a command. @returns its exit code */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(args, terminal);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    terminal.complain(`tocsin: ${error.message}\n`);
    return error.exit;
  }
}

async function run(args: readonly string[], { environment, print }: Terminal): Promise<number> {
  if (args.length === 0 || args[0] === "--help" || args[0] === "-h" || args[0] === "help") {
    print(overview());
    return args.length === 0 ? EXIT.usage : EXIT.ok;
  }
  if (args[0] === "--version") {
    print(`tocsin ${VERSION}\n`);
    return EXIT.ok;
  }
  const { command, rest } = chooseCommand(args, COMMANDS);
  const read = readArguments(command, rest);
  if (read.flag("help")) {
    print(helpOf(command));
    return EXIT.ok;
  }
  // A variable that is set and empty says nothing.
  const url = read.text("url") ?? (environment("TOCSIN_URL") || URL_DEFAULT);
  if (!URL.canParse(url)) throw usageError(`cannot use ${JSON.stringify(url)} as --url`);
  const token = read.text("token") ?? (environment("TOCSIN_TOKEN") || undefined);
  return await command.run({ ...read, print, api: createApiClient(url, token) });
}

function overview(): string {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`);
  return `Usage: tocsin COMMAND [options]\n\n${lines.join("\n")}\n\nAll commands:\n${COMMON_HELP}\n\n` +
    "Exit codes: 0 done, 1 refused or a test failed, 2 the command or a file cannot be read,\n" +
    "3 the server cannot be reached.\n";
}

function helpOf({ name, summary, usage, help }: Command): string {
  const parts = [
    `Usage: tocsin ${name} ${usage}`.trimEnd(),
    summary,
    ...(help === undefined ? [] : [help]),
    COMMON_HELP,
  ];
  return `${parts.join("\n\n")}\n`;
}
