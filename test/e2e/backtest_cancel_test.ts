/** Backtests that are given up, beside a real server: threads, files and memory come back; so does a stop. */
import assert from "node:assert/strict";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const EVENTS = 200_000;
const PER_REQUEST = 20_000;
const GIVEN_UP = 15;
/** Threads and their files that the platform keeps for a while by itself: fewer than were given up. */
const MORE_MAX = 8;
const BYTES_MORE_MAX = 300 * 1024 * 1024;
const STOP_MS_MAX = 5_000;
const SETTLED_MS_MAX = 10_000;

const RULE = {
  rule_id: "busy",
  rule_name: "Busy hosts",
  trigger_type: "metric",
  trigger_spec: {
    ...{ topics: ["metrics"], group_by: ["host"] },
    window_config: { type: "sliding", size: "2m", slide: "10s" },
    aggregations: [{ as: "p", type: "percentile", field: "cpu", percentile_value: 90 }],
    having: { conditions: [{ field: "p", op: ">", value: 10 }] },
    time: { watermark_delay: "1s" },
  },
};

interface Shown {
  backtest_id: string;
  state: string;
  progress: { events: number };
}

async function filled(data: string): Promise<ServerProcess> {
  const server = await startServer({ data });
  const origin = await server.origin;
  for (let from = 0; from < EVENTS; from += PER_REQUEST) {
    const lines = Array.from({ length: PER_REQUEST }, (_, i) => {
      const n = from + i;
      return JSON.stringify({ host: `h${n % 40}`, cpu: (n * 7919) % 101, timestamp: 1.75e12 + 20 * n });
    });
    const answer = await fetch(`${origin}/api/v1/events?topic=metrics`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: lines.join("\n"),
    });
    assert.equal(answer.status, 202, await answer.text());
  }
  return server;
}

const filesIn = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

const begin = (server: ServerProcess) =>
  server.call<Shown>("POST", "/api/v1/rules/backtest", { rule: RULE }).then((shown) => shown.backtest_id);

const shown = (server: ServerProcess, id: string) => server.call<Shown>("GET", `/api/v1/backtests/${id}`);

/** Follows one until it has got so far, and gives it up there, with its stream open. */
async function giveUp(server: ServerProcess, after: number): Promise<void> {
  const id = await begin(server);
  const stream = await fetch(`${await server.origin}/api/v1/backtests/${id}/stream`);
  await server.until("under way", async () => {
    const { state, progress } = await shown(server, id);
    return state !== "queued" && (progress.events >= after || state !== "running");
  });
  if (after % 2 === 0) await stream.body!.cancel();
  await server.call("POST", `/api/v1/backtests/${id}/cancel`);
  await server.until("ended", async () => !["queued", "running"].includes((await shown(server, id)).state));
  if (after % 2 === 1) await stream.text();
}

async function open(server: ServerProcess): Promise<{ threads: number; files: number; bytes: number }> {
  return {
    ...await server.held(),
    bytes: await server.memoryBytes("VmRSS"),
  };
}

Deno.test("backtests that are cancelled at any moment leave no threads, files or memory behind", async () => {
  using data = temporaryDirectory();
  await using server = await filled(data.path);
  for (let i = 0; i < 3; i++) await giveUp(server, i * EVENTS / 4);
  const before = await open(server);
  const files = filesIn(data.path);
  for (let i = 0; i < GIVEN_UP; i++) await giveUp(server, Math.floor(i * EVENTS / GIVEN_UP) + i % 2);
  let after = await open(server);
  await server.until("files closed", async () => {
    after = await open(server);
    return Math.max(after.files - before.files, after.threads - before.threads) <= MORE_MAX;
  }, SETTLED_MS_MAX);
  console.log(`before: ${JSON.stringify(before)}, after ${GIVEN_UP}: ${JSON.stringify(after)}`);
  assert.ok(after.bytes < before.bytes + BYTES_MORE_MAX, `${after.bytes - before.bytes} bytes more`);
  assert.deepEqual(filesIn(data.path), files);
  const id = await begin(server);
  await server.until("done", async () => (await shown(server, id)).state === "done");
});

Deno.test("a server stops in the middle of a backtest that is streamed, and knows nothing of it afterwards", async () => {
  using data = temporaryDirectory();
  let before: string[];
  {
    await using server = await filled(data.path);
    before = filesIn(data.path);
    const [id, queued] = [await begin(server), await begin(server)];
    const streams = [];
    for (const one of [id, queued]) {
      streams.push((await fetch(`${await server.origin}/api/v1/backtests/${one}/stream`)).text());
    }
    await server.until("under way", async () => (await shown(server, id)).progress.events > 0);
    const { code, ms } = await server.stop();
    assert.equal(code, 0, server.report());
    assert.ok(ms < STOP_MS_MAX, `stopped after ${ms} ms`);
    for (const text of await Promise.all(streams)) {
      assert.match(text, /^retry: 3000\nevent: progress\n/);
      assert.match(text, /\nevent: end\nid: end\ndata: .*"state":"cancelled".*"result":null}\n\n$/);
    }
    assert.deepEqual(server.lines.filter(({ level }) => level !== "info"), [], server.report());
  }
  assert.deepEqual(filesIn(data.path).filter((name) => !before.includes(name)), []);
  await using server = await startServer({ data: data.path });
  assert.deepEqual((await server.call<{ items: Shown[] }>("GET", "/api/v1/backtests")).items, []);
});
