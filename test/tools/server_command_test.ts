/** The server's permissions are written down three times; these tests hold the three together. */
import assert from "node:assert/strict";
import { serverArguments, serverPaths } from "../../tools/server_command.ts";

interface Config {
  tasks: Record<string, { command: string }>;
}

/** A task of deno.json with its two computed paths filled in as for an empty environment. */
function task(name: string): string[] {
  const config: Config = JSON.parse(Deno.readTextFileSync("deno.json"));
  const { read, write } = serverPaths({});
  const filled = config.tasks[name]!.command
    .replace('"$(deno run --allow-env tools/server_command.ts read)"', read.join(","))
    .replace('"$(deno run --allow-env tools/server_command.ts write)"', write.join(","))
    .replace('"$(deno run --allow-env tools/server_command.ts run)"', Deno.execPath());
  return filled.split(" ").slice(1);
}

Deno.test("server command: deno task start and deno task dev use exactly these permissions", () => {
  assert.deepEqual(task("start"), serverArguments({}));
  assert.deepEqual(task("dev").filter((argument) => argument !== "--watch"), serverArguments({}));
});

Deno.test("server command: the container uses them too, with its volume and its secrets", () => {
  const dockerfile = Deno.readTextFileSync("Dockerfile");
  const command: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!);
  const environment = { TOCSIN_DATA: "/data", TOCSIN_ADMIN_TOKEN_FILE: "/run/secrets" };
  assert.deepEqual(command, serverArguments(environment, "deno"));
});

Deno.test("server command: writing is allowed in the data directory only", () => {
  assert.deepEqual(serverPaths({}).write, ["./data"]);
  assert.deepEqual(serverPaths({ TOCSIN_DATA: "/srv/tocsin" }).write, ["/srv/tocsin"]);
  assert.deepEqual(serverPaths({ TOCSIN_DATA: ":memory:" }).write, ["./data"]);
});

Deno.test("server command: files that settings name may be read, other variables open nothing", () => {
  const environment = { TOCSIN_SECRET_KEY_FILE: "/run/key", OTHER_FILE: "/etc/shadow", TOCSIN_LOG: "/etc/x" };
  assert.deepEqual(serverPaths(environment).read, [".", "./data", "/run/key"]);
});
