/**
 * Sizes tell: a file past 500 lines or a function past 70 fails, unless tools/sizes.json lists it with its
 * reason; past 300 and 40 it is named, so that someone asks what the second thing in there is. An exception
 * that is no longer needed fails too. Functions of tests are free: a suite is a list of claims.
 */
import { FUNCTION_LINES_CODE } from "./function_lines.ts";
import { sourceFiles } from "./source_files.ts";

export const FILE_LINES = { ask: 300, max: 500 };
export const FUNCTION_LINES = { ask: 40, max: 70 };

/** Something measured: a file (`src/a.ts`) or a function (`src/a.ts#name`). */
export interface Sized {
  kind: "file" | "function";
  id: string;
  lines: number;
}

/** Reasons by id. */
export interface Exceptions {
  files: Readonly<Record<string, string>>;
  functions: Readonly<Record<string, string>>;
}

export interface SizeReport {
  faults: string[];
  questions: string[];
}

/** Compares what was measured with the limits and the exceptions. */
export function judgeSizes(measured: readonly Sized[], exceptions: Exceptions): SizeReport {
  const report: SizeReport = { faults: [], questions: [] };
  const unused = new Set([...Object.keys(exceptions.files), ...Object.keys(exceptions.functions)]);
  for (const { kind, id, lines } of measured) {
    const limit = kind === "file" ? FILE_LINES : FUNCTION_LINES;
    const reason = (kind === "file" ? exceptions.files : exceptions.functions)[id];
    if (lines > limit.max && !reason) report.faults.push(`${id}: ${lines} lines, at most ${limit.max}`);
    else if (lines > limit.max) unused.delete(id);
    else if (lines > limit.ask) {
      report.questions.push(`${id}: ${lines} lines: what is the second thing in it?`);
    }
  }
  for (const id of unused) {
    report.faults.push(`${id}: listed in tools/sizes.json, but within its limit or gone`);
  }
  return report;
}

/** Measures every TypeScript file under `root` and every function in it. */
export async function measureSizes(root: string): Promise<Sized[]> {
  const paths = sourceFiles(root);
  const files = paths.map((path): Sized => {
    const lines = Deno.readTextFileSync(`${root}/${path}`).trimEnd().split("\n").length;
    return { kind: "file", id: path, lines };
  });
  return [...files, ...await measureFunctions(root, paths.filter((path) => !path.startsWith("test/")))];
}

interface LintReport {
  diagnostics: { filename: string; code: string; message: string }[];
}

async function measureFunctions(root: string, paths: readonly string[]): Promise<Sized[]> {
  if (paths.length === 0) return [];
  const config = decodeURIComponent(new URL("function_lines.json", import.meta.url).pathname);
  const args = ["lint", "--json", "--config", config, ...paths.map((path) => `${root}/${path}`)];
  const output = await new Deno.Command(Deno.execPath(), { args }).output();
  const report: LintReport = JSON.parse(new TextDecoder().decode(output.stdout));
  const base = new URL(`file://${Deno.realPathSync(root)}/`).href;
  return report.diagnostics.filter((found) => found.code === FUNCTION_LINES_CODE).map((found) => {
    const { name, lines }: { name: string; lines: number } = JSON.parse(found.message);
    return {
      kind: "function",
      id: `${decodeURIComponent(found.filename.slice(base.length))}#${name}`,
      lines,
    };
  });
}

if (import.meta.main) {
  const root = Deno.args[0] ?? ".";
  const exceptions: Exceptions = JSON.parse(Deno.readTextFileSync(`${root}/tools/sizes.json`));
  const { faults, questions } = judgeSizes(await measureSizes(root), exceptions);
  for (const question of questions) console.log(`ask   ${question}`);
  for (const fault of faults) console.error(`fail  ${fault}`);
  console.log(`sizes: ${faults.length} faults, ${questions.length} questions`);
  if (faults.length > 0) Deno.exit(1);
}
