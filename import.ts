/**
 * Moves what the reference system exported to a running server:
 *
 *     deno task import [--dry-run] [--json] [--url URL] FILE...
 *
 * FILE holds JSON as its API lists it. The report goes to standard output. Exit codes: 0 everything was taken,
 * 1 something was refused, 2 the command or a file cannot be read, 3 the server cannot be reached.
 * TOCSIN_URL and TOCSIN_TOKEN (the admin token) say where to and with what.
 */
import { parseArgs } from "node:util";
import {
  type ApiPort,
  countsOf,
  type ImportFile,
  importFiles,
  reportJson,
  reportText,
} from "./src/import/mod.ts";

const REFUSED = 1;
const USAGE = 2;
const UNREACHABLE = 3;
const URL_DEFAULT = "http://127.0.0.1:8080";
const HELP = `Usage: import [--dry-run] [--json] [--url URL] FILE...

Takes rules, channels, API definitions and notifications as the reference system's API lists them, and makes
them on a Tocsin server (--url or TOCSIN_URL, ${URL_DEFAULT} unless said; TOCSIN_TOKEN is the admin token).

  --dry-run   tells what would be made, changed or refused, and makes nothing
  --json      answers the report as JSON

Example: import --dry-run rules.json channels.json
`;

class UsageError extends Error {}

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = readArguments(args);
    if (values.help) return print(HELP, 0);
    if (positionals.length === 0) {
      throw new UsageError("expected the files to import; --help shows an example");
    }
    const url = values.url ?? Deno.env.get("TOCSIN_URL") ?? URL_DEFAULT;
    if (!URL.canParse(url)) throw new UsageError(`cannot use ${JSON.stringify(url)} as --url`);
    const api = apiAt(url, Deno.env.get("TOCSIN_TOKEN"));
    const report = await importFiles(positionals.map(readFile), { api, dryRun: values["dry-run"] });
    const text = values.json ? JSON.stringify(reportJson(report), null, 2) : reportText(report);
    return print(`${text}\n`, countsOf(report).refused > 0 ? REFUSED : 0);
  } catch (error) {
    if (error instanceof UsageError) return fail(error.message, USAGE);
    if (error instanceof TypeError) return fail(`cannot reach the server: ${error.message}`, UNREACHABLE);
    throw error;
  }
}

function readArguments(args: string[]) {
  const options = {
    "dry-run": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
    url: { type: "string" },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readFile(name: string): ImportFile {
  try {
    return { name, content: JSON.parse(Deno.readTextFileSync(name)) };
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is no JSON: ${error.message}` : String(error);
    throw new UsageError(`cannot read ${name}: ${why}`);
  }
}

/** Rejects with a TypeError when the server cannot be reached. */
function apiAt(origin: string, token: string | undefined): ApiPort {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return {
    async send(method, path, body) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(new URL(path, origin), { method, headers, ...sent });
      const text = await answer.text();
      const isJson = answer.headers.get("content-type")?.includes("json") === true;
      return { status: answer.status, body: isJson && text !== "" ? JSON.parse(text) : null };
    },
  };
}

function print(text: string, code: number): number {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return code;
}

function fail(message: string, code: number): number {
  Deno.stderr.writeSync(new TextEncoder().encode(`import: ${message}\n`));
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
