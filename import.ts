/**
 * Moves what the reference system exported to a running server:
 *
 *     deno task import [--dry-run] [--json] [--url URL] FILE...
 *
 * It is the command `import` of the command line (docs/cli.md) with fewer permissions.
 */
import { runCommand } from "./cli/mod.ts";
import { processTerminal } from "./cli/process_terminal.ts";

if (import.meta.main) Deno.exit(await runCommand(["import", ...Deno.args], processTerminal));
