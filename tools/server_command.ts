/**
 * The permissions that the server runs with, in one place (docs/decisions/0002): `deno task start`, the demo,
 * the tests and the Dockerfile start it this way, and test/tools/server_command_test.ts holds them together.
 *
 * As a program it prints one comma-separated list of paths, `read` or `write`, or the path of this Deno, `run`,
 * for the tasks of deno.json: a task cannot compute any of them by itself.
 */

export interface ServerPaths {
  read: string[];
  write: string[];
}

type Environment = Readonly<Record<string, string>>;

/** The data directory when TOCSIN_DATA is not set, relative to the repository. */
export const DATA_DEFAULT = "./data";

/**
 * Paths the server may touch: the tree it runs from, its data directory, and the files that settings named
 * `..._FILE` point at (secrets mounted by a container runtime).
 */
export function serverPaths(environment: Environment): ServerPaths {
  const given = environment["TOCSIN_DATA"] ?? DATA_DEFAULT;
  const data = given === "" || given === ":memory:" ? DATA_DEFAULT : given;
  const files = Object.entries(environment)
    .filter(([name, value]) => /^(TOCSIN_\w+|PORT)_FILE$/.test(name) && value !== "")
    .map(([, value]) => value);
  return { read: [".", data, ...files], write: [data] };
}

/**
 * Arguments to `deno` that start the server from the root of the repository, for `environment`. `program` is
 * this Deno, which the server may start: children of the sandbox, which have no permissions themselves.
 */
export function serverArguments(environment: Environment, program: string = Deno.execPath()): string[] {
  const { read, write } = serverPaths(environment);
  return [
    "run",
    "--no-prompt",
    "--allow-net",
    "--allow-env",
    `--allow-read=${read.join(",")}`,
    `--allow-write=${write.join(",")}`,
    `--allow-run=${program}`,
    "main.ts",
  ];
}

if (import.meta.main) {
  const paths = serverPaths(Deno.env.toObject());
  const lists: Record<string, string[]> = { ...paths, run: [Deno.execPath()] };
  console.log(lists[Deno.args[0] ?? ""]?.join(",") ?? "");
}
