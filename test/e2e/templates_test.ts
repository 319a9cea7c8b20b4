/** Templates in the real server, under its real permissions: children start, overrun, and end with it. */
import assert from "node:assert/strict";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const ENDLESS =
  "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}";

async function preview(server: ServerProcess, name: string) {
  const { status, text } = await server.ask("POST", `/api/v1/templates/${name}/preview`, {
    context: { a: 5 },
  });
  return { status, body: JSON.parse(text) };
}

/** How many child processes `pid` has. */
async function children(pid: number): Promise<number> {
  const script =
    'cat /proc/[0-9]*/stat 2>/dev/null | sed "s/.*) //" | while read _ parent _; do echo "$parent"; done';
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((parent) => parent === String(pid)).length;
}

Deno.test("templates: the server renders them in children, outlives an endless one, and takes its children along", async () => {
  using data = temporaryDirectory();
  const server = await startServer({ data: data.path });
  try {
    assert.equal(await children(server.pid), 0, "no child before one is needed");
    await server.call("PUT", "/api/v1/templates/good", { channel_type: "sms", body: "{{ a * 2 }}" });
    await server.call("PUT", "/api/v1/templates/endless", { channel_type: "sms", body: ENDLESS });
    assert.deepEqual((await preview(server, "good")).body, { output: "10", subject: null, warnings: [] });
    const ended = await preview(server, "endless");
    assert.deepEqual([ended.status, ended.body.errors[0].code], [422, "LimitError"]);
    assert.equal((await preview(server, "good")).body.output, "10");
    assert(await children(server.pid) > 0);
    const { code, ms } = await server.stop();
    assert.deepEqual([code, ms < 5_000], [0, true], server.report());
  } finally {
    await server.kill();
  }
  await using again = await startServer({ data: data.path });
  assert.equal((await preview(again, "good")).body.output, "10", "a template is kept across a restart");
});
