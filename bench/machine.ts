/** What was measured on: facts of the machine and the revision, for each run's record. "unknown" is honest. */
import os from "node:os";
import { DatabaseSync } from "node:sqlite";

export interface MachineFacts {
  cpu: string;
  cores: number;
  memory_gb: number;
  os: string;
  kernel: string;
  /** File system and device under the data directory. */
  disk: string;
  deno: string;
  v8: string;
  sqlite: string;
  /** Load average of the last minute before the run: what else was going on. */
  load_before: number;
  commit: string;
}

export function machineFacts(dataPath: string): MachineFacts {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memory_gb: Math.round(Deno.systemMemoryInfo().total / 1e8) / 10,
    os: Deno.build.os,
    kernel: Deno.osRelease(),
    disk: diskOf(dataPath),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    sqlite: sqliteVersion(),
    load_before: Math.round(Deno.loadavg()[0]! * 100) / 100,
    commit: shortCommit(),
  };
}

/** What /proc says, through `cat`: the runtime gives /proc to nobody with less than all permissions. */
export function procText(path: string): string | null {
  if (Deno.build.os !== "linux") return null;
  const { success, stdout } = new Deno.Command("cat", { args: [`/proc/${path}`], stderr: "null" })
    .outputSync();
  return success ? new TextDecoder().decode(stdout) : null;
}

/** Of the library that runs: process.versions was seen to name another. */
function sqliteVersion(): string {
  const db = new DatabaseSync(":memory:");
  const row = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
  db.close();
  return row.version;
}

function diskOf(path: string): string {
  const real = Deno.realPathSync(path);
  const mounts = (procText("mounts") ?? "").split("\n").map((line) => line.split(" "));
  const under = mounts.filter(([, at = "?"]) => at === "/" || real === at || real.startsWith(`${at}/`));
  const [device, , type] = under.sort((a, b) => a[1]!.length - b[1]!.length).at(-1) ?? [];
  return type === undefined ? "unknown" : `${type} on ${device}`;
}

function shortCommit(): string {
  try {
    const head = Deno.readTextFileSync(".git/HEAD").trim();
    const ref = /^ref: (.*)$/.exec(head)?.[1];
    return (ref === undefined ? head : commitOf(ref)).slice(0, 8);
  } catch {
    return "unknown"; // Not a clone, or nothing committed yet.
  }
}

function commitOf(ref: string): string {
  try {
    return Deno.readTextFileSync(`.git/${ref}`).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const line = Deno.readTextFileSync(".git/packed-refs").split("\n").find((one) => one.endsWith(` ${ref}`));
  return line?.split(" ")[0] ?? "unknown";
}
