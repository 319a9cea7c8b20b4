/**
 * The command line: `deno task tocsin COMMAND` (docs/cli.md). Commands live in cli/; this gives them a terminal.
 */
import { runCommand } from "./cli/mod.ts";
import { processTerminal } from "./cli/process_terminal.ts";

if (import.meta.main) Deno.exit(await runCommand(Deno.args, processTerminal));
