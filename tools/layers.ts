/**
 * Imports go downward only. The table below is the one of docs/ARCHITECTURE.md: which room may import code
 * of which, of which it may only name types, and which packages a room may use. A rule worker's graph holds
 * our own files and re2js, nothing else, because every worker pays for what it loads.
 *
 * Roots are main.ts, deploy.ts, the worker entries, `*_worker.ts`, and what the sandbox's child runs, since a
 * graph does not show `new Worker(...)`, processes, or code that is read as text. Files that no root reaches are checked as well, and named.
 */
import { type Import, type ModuleGraph, moduleGraph } from "./module_graph.ts";
import { sourceFiles } from "./source_files.ts";

interface Room {
  /** Rooms, or single files, whose code it may import, besides its own. */
  code: readonly string[];
  /** Rooms whose types it may name. */
  types?: readonly string[];
  /** Packages it may import; absent: any. */
  packages?: readonly string[];
}

const BELOW_PIPELINES = [
  ...["src/base", "src/model", "src/batch", "src/engine", "src/store"],
  ...["src/channel", "src/action", "src/sandbox"],
];
const SRC = [...BELOW_PIPELINES, "src/ingest", "src/notify"];
const ALL = [...SRC, "actors", "routes"];

/** From the bottom up. */
export const ROOMS: Readonly<Record<string, Room>> = {
  "src/base": { code: [] },
  // A formula is read by the parser of the engine that will run it.
  "src/model": { code: ["src/base", "src/engine/expression/parse_expression.ts"] },
  "src/batch": { code: ["src/base"], packages: [] },
  "src/engine": { code: ["src/base", "src/batch"], types: ["src/model"], packages: ["re2js"] },
  "src/store": { code: ["src/base", "src/model"] },
  "src/channel": { code: ["src/base", "src/model"] },
  // An action's answer counts as a channel's does.
  "src/action": { code: ["src/base", "src/model", "src/channel"] },
  "src/sandbox": { code: ["src/base", "src/model"] },
  // Runs in browsers as well, without anything of the server.
  "src/client": { code: [], packages: [] },
  "src/import": { code: ["src/base", "src/model", "src/channel"] },
  "src/ingest": { code: BELOW_PIPELINES },
  "src/notify": { code: BELOW_PIPELINES },
  "actors": { code: SRC },
  "routes": { code: [...SRC, "actors/control.ts"], types: ["actors"] },
  "web": { code: [], types: ["src/model"] },
  "main.ts": { code: ALL },
  // Rules are tested without a server; the server is started with the permissions that it has everywhere.
  "cli": {
    code: ["src/client", ...[
      "src/base",
      "src/model",
      "src/import",
      "actors/simulation.ts",
      "actors/rule_document.ts",
    ], "tools/server_command.ts"],
  },
  "cli.ts": { code: ["cli"] },
  "import.ts": { code: ["cli"] },
  "deploy.ts": { code: ALL },
};

const ROOT =
  /^(main|deploy|import|cli)\.ts$|_worker\.ts$|^src\/client\/client\.ts$|^src\/sandbox\/(child|script\/running|jinja\/(engine|reader))\.ts$/;
const WORKER = { entry: "actors/rule_worker.ts", packages: ["re2js"] };

export interface LayerReport {
  faults: string[];
  /** Files of a room that no root reaches. */
  unreached: string[];
}

/** Checks the tree under `root` against {@linkcode ROOMS}. */
export async function checkLayers(root: string): Promise<LayerReport> {
  const files = sourceFiles(root).filter((path) => roomOf(path) !== undefined);
  const reached = await graphOf(root, files.filter((path) => ROOT.test(path)));
  const unreached = files.filter((path) => !reached.files.has(path));
  const rest = await graphOf(root, unreached);
  const wrong = [...reached.imports, ...rest.imports].map(faultOf).filter((fault) => fault !== undefined);
  const faults = new Set([...reached.errors, ...rest.errors, ...wrong]);
  const strays = files.filter((path) => path.startsWith("src/") && roomOf(path) === "src");
  for (const path of strays) faults.add(`${path}: not in a room of src/`);
  for (const fault of workerFaults(reached)) faults.add(fault);
  return { faults: [...faults], unreached };
}

async function graphOf(root: string, entries: readonly string[]): Promise<ModuleGraph> {
  const files = new Set<string>();
  const imports: Import[] = [];
  const errors: string[] = [];
  for (const entry of entries) {
    if (files.has(entry)) continue;
    const graph = await moduleGraph(root, entry);
    imports.push(...graph.imports);
    errors.push(...graph.errors);
    for (const file of graph.files) files.add(file);
  }
  return { files, imports, errors };
}

/** `src/engine` for `src/engine/plan.ts`, `main.ts` for itself, `src` for a file in no room of it. */
function roomOf(path: string): string | undefined {
  if (path in ROOMS) return path;
  const [top, second] = path.split("/");
  if (top === "src") return `src/${second}` in ROOMS ? `src/${second}` : "src";
  return top !== undefined && top in ROOMS ? top : undefined;
}

/** Why this import is against the table; undefined if it is not. */
export function faultOf({ from, to, kind }: Import): string | undefined {
  const name = roomOf(from);
  const room = name === undefined ? undefined : ROOMS[name];
  if (name === undefined || room === undefined) return undefined;
  if (to.startsWith("node:")) return undefined;
  if (to.startsWith("npm:")) {
    const allowed = !room.packages || room.packages.includes(to.slice("npm:".length));
    return allowed ? undefined : `${from}: ${name} may not import the package ${to}`;
  }
  const target = roomOf(to);
  const may = [name, ...room.code, ...(kind === "type" ? room.types ?? [] : [])];
  if (may.includes(to) || (target !== undefined && may.includes(target))) return undefined;
  const typesOnly = target !== undefined && room.types?.includes(target);
  return `${from}: ${name} may ${
    typesOnly ? `name only types of ${target}, not import` : "not import"
  } ${to}`;
}

/** Packages in the worker's graph that do not belong there, each with the chain of imports to it. */
export function workerFaults({ files, imports }: Pick<ModuleGraph, "files" | "imports">): string[] {
  if (!files.has(WORKER.entry)) return [];
  const faults: string[] = [];
  const chains = new Map([[WORKER.entry, [WORKER.entry]]]);
  const code = imports.filter((found) => found.kind === "code");
  for (const [file, chain] of chains) {
    for (const { to } of code.filter((found) => found.from === file)) {
      if (chains.has(to)) continue;
      if (to.startsWith("node:")) continue;
      chains.set(to, [...chain, to]);
      const isPackage = to.startsWith("npm:") && !WORKER.packages.includes(to.slice("npm:".length));
      if (isPackage) faults.push(`rule worker: may not load ${to}: ${[...chain, to].join(" -> ")}`);
    }
  }
  return faults;
}

if (import.meta.main) {
  const { faults, unreached } = await checkLayers(Deno.args[0] ?? ".");
  for (const path of unreached) console.log(`ask   ${path}: no root reaches it: is it dead?`);
  for (const fault of faults) console.error(`fail  ${fault}`);
  console.log(`layers: ${faults.length} faults, ${unreached.length} files that no root reaches`);
  if (faults.length > 0) Deno.exit(1);
}
