/**
 * `deno task test [paths] [--filter name]`: finds or installs what the tests need, runs them with named
 * permissions and closes with a line `N passed, N failed`, the last that it prints.
 *
 * Examples in docstrings and the tests of rooms run in parallel. test/faults and test/e2e hang and kill workers
 * and real servers and measure time, so they run alone and in order. With CI=true a skipped test is a failed one.
 */
import { findMissing, missingEnvironment, REQUIREMENTS } from "./test_requirements.ts";
import { addTallies, closingLine, readTally, type Tally } from "./test_tally.ts";

interface Phase {
  name: string;
  args: string[];
}

const ALONE = ["test/faults", "test/e2e"];
/** Long runs have a task of their own: `deno task soak`. */
const LONG = "test/soak";
// Where a run of all tests looks for examples in docstrings.
const DOCUMENTED = ["src", "actors"];
// Programs that tests may start besides Deno itself.
const PROGRAMS = ["/usr/bin/unshare", "/bin/sh", "/bin/kill"];

/** The runs of `deno test` that `given`, the arguments of the task, asks for. */
export function phasesOf(given: readonly string[], exists: (path: string) => boolean): Phase[] {
  const paths = given.filter((argument) => argument !== "--" && exists(argument));
  const options = given.filter((argument) => argument !== "--" && !exists(argument));
  if (paths.length > 0) return [{ name: "chosen tests", args: [...options, ...paths] }];
  const all: Phase[] = [
    { name: "examples", args: ["--doc", ...DOCUMENTED.filter(exists)] },
    { name: "rooms", args: ["--parallel", `--ignore=${[...ALONE, LONG].join(",")}`, "test"] },
    ...ALONE.map((folder) => ({ name: folder, args: [folder] })),
  ];
  const present = all.filter(({ args }) => exists(args.at(-1)!));
  return present.map(({ name, args }) => ({ name, args: [...options, ...args] }));
}

/** What tests may do: this tree, temporary files, loopback, this Deno and a few programs. */
function permissions(): string[] {
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  return [
    "--no-prompt",
    "--allow-env",
    "--allow-read",
    `--allow-write=.,${temporary}`,
    "--allow-net=127.0.0.1,localhost,[::1],0.0.0.0",
    "--allow-sys=cpus,hostname,loadavg,networkInterfaces,osRelease,systemMemoryInfo,uid",
    `--allow-run=${[Deno.execPath(), ...PROGRAMS.filter(exists)].join(",")}`,
  ];
}

async function runPhase(phase: Phase, environment: Record<string, string>): Promise<Tally> {
  const report = Deno.makeTempFileSync({ prefix: "tocsin-junit-" });
  try {
    console.log(`\n== ${phase.name}`);
    const args = ["test", "--permit-no-files", ...permissions(), `--junit-path=${report}`, ...phase.args];
    const status = await new Deno.Command(Deno.execPath(), { args, env: environment }).spawn().status;
    const tally = readTally(Deno.readTextFileSync(report));
    // A type error or an uncaught one stops the run before any test could fail.
    if (!status.success && tally.failed === 0) tally.failed = 1;
    return tally;
  } finally {
    Deno.removeSync(report);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The sum of all phases as the closing line reports it: where skipping is not allowed it is failing. */
export function judgeRun(tallies: readonly Tally[], { skipsFail }: { skipsFail: boolean }): Tally {
  const total = addTallies(tallies);
  const failed = total.failed + (skipsFail ? total.skipped.length : 0);
  const nothingRan = total.passed + failed === 0;
  return { ...total, failed: nothingRan ? 1 : failed };
}

if (import.meta.main) {
  const missing = await findMissing(REQUIREMENTS);
  for (const { name, why, apt } of missing) console.warn(`missing ${name} (Debian: ${apt}): ${why}`);
  const tallies: Tally[] = [];
  for (const phase of phasesOf(Deno.args, exists)) {
    tallies.push(await runPhase(phase, missingEnvironment(missing)));
  }
  const total = judgeRun(tallies, { skipsFail: Deno.env.get("CI") === "true" });
  console.log("");
  for (const name of total.skipped) console.log(`skipped: ${name}`);
  console.log(closingLine(total));
  Deno.exit(total.failed > 0 ? 1 : 0);
}
