/** `import`: moves what the reference system exported to a running server. */
import {
  type ApiPort,
  countsOf,
  type ImportFile,
  importFiles,
  reportJson,
  reportText,
} from "../src/import/mod.ts";
import { type Command, type CommandCall, EXIT, usageError } from "./command.ts";

export const importCommand: Command = {
  name: "import",
  summary: "Take rules, channels and notifications as the reference system's API lists them",
  usage: "[--dry-run] FILE...",
  options: { "dry-run": "boolean" },
  help: "  --dry-run          tells what would be made, changed or refused, and makes nothing",
  async run(call) {
    if (call.operands.length === 0) throw usageError("expected the files to import");
    const api = portOf(call);
    const report = await importFiles(call.operands.map(readFile), { api, dryRun: call.flag("dry-run") });
    call.print(call.json ? `${JSON.stringify(reportJson(report), null, 2)}\n` : `${reportText(report)}\n`);
    return countsOf(report).refused > 0 ? EXIT.refused : EXIT.ok;
  },
};

/** The importer judges every answer itself, and names paths in full. */
function portOf({ api }: CommandCall): ApiPort {
  return { send: (method, path, body) => api.send(method, path.replace("/api/v1", ""), body, "any") };
}

function readFile(name: string): ImportFile {
  try {
    return { name, content: JSON.parse(Deno.readTextFileSync(name)) };
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is no JSON: ${error.message}` : String(error);
    throw usageError(`cannot read ${name}: ${why}`);
  }
}
