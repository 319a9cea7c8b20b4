/** What does not come is told by time alone: with no further event, and after the server was killed in between. */
import assert from "node:assert/strict";
import { allItems } from "./all_items.ts";
import { startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const kind = (value: string) => [{ field: "kind", op: "==", value }];

const RULE = {
  rule_id: "not-back",
  rule_name: "Not back",
  trigger_type: "pattern",
  trigger_spec: {
    topics: ["hosts"],
    group_by: ["host"],
    pattern: {
      steps: [
        { name: "down", conditions: kind("down") },
        { name: "up", negated: true, conditions: kind("up") },
      ],
      within: "2s",
    },
    time: { idle_after: "500ms" },
  },
};

interface AlertItem {
  message: string;
  key: { host: string };
  reason: string;
  event_time: string;
  match: Record<string, { offset: number; event: { host: string } }[]>;
  values: unknown;
}

Deno.test("absence: a host that does not come back is told per key, by time, also after a kill", async () => {
  using data = temporaryDirectory();
  const sent = [["a", "down"], ["b", "down"], ["c", "down"], ["b", "up"]];
  {
    await using server = await startServer({ data: data.path });
    await server.call("POST", "/api/v1/rules", RULE);
    const events = sent.map(([host, kind]) => ({ host, kind }));
    await server.call("POST", "/api/v1/events?topic=hosts", events);
    await server.applied();
    await server.kill();
  }
  await using server = await startServer({ data: data.path });
  const alerts = () => allItems<AlertItem>(server, "/api/v1/alerts");
  await server.until("told", async () => (await alerts()).length >= 2);
  const told = (await alerts()).toSorted((a, b) => a.key.host < b.key.host ? -1 : 1);
  assert.deepEqual(told.map(({ key, reason }) => [key.host, reason]), [["a", "absence"], ["c", "absence"]]);
  assert.deepEqual(told.map(({ match }) => Object.keys(match)), [["down"], ["down"]]);
  assert.deepEqual(told.map(({ match }) => match.down![0]!.event), [
    { host: "a", kind: "down" },
    { host: "c", kind: "down" },
  ]);
  assert.match(told[0]!.message, /: after down nothing followed until 20\S+Z for host=a$/);
  assert.deepEqual(told[0]!.values, { steps: { down: 1 }, duration_ms: 0 });
  const { partials } = await server.call<{ partials: number }>("GET", "/api/v1/rules/not-back/state");
  assert.equal(partials, 0);
});
