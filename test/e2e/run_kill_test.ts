/** A run by hand that the end of the process cuts short: its actions go on in their order, each under its id. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

interface Hit {
  path: string;
  key: string | null;
  body: JsonObject;
}

for (const how of ["kill", "stop"] as const) {
  Deno.test(`a run by hand goes on after a ${how} where it was, and nothing of it is done twice`, async () => {
    using data = temporaryDirectory();
    const hits: Hit[] = [];
    const first = Promise.withResolvers<void>();
    await using hook = receiver(async ({ headers, body }) => {
      const parsed = JSON.parse(body) as JsonObject;
      hits.push({ path: String(parsed.path), key: headers.get("idempotency-key"), body: parsed });
      if (hits.filter(({ path }) => path === "c").length === 1 && parsed.path === "c") await first.promise;
      return Response.json({ made: parsed.path });
    });
    const ask = (path: string, more: JsonObject = {}) => ({
      ...{ endpoint: `http://127.0.0.1:${hook.port}/in`, method: "POST" },
      body: { path, ...more },
    });
    const rules = [
      {
        rule_id: "inner",
        action_spec: {
          actions: [
            { ...ask("c"), as: "c" },
            {
              if: { field: "results.c.status", op: "==", value: "success" },
              then: ask("d", { c: "{{ results.c.result.made }}" }),
              else: ask("escalate"),
            },
          ],
        },
      },
      {
        rule_id: "outer",
        action_spec: {
          actions: [
            ask("a"),
            { type: "trigger_rule", rule_id: "inner", payload: { n: 1 }, as: "t" },
            ask("e", { t: "{{ results.t.status }}" }),
          ],
        },
      },
    ];
    {
      await using server = await startServer({ data: data.path });
      for (const rule of rules) {
        await server.call("POST", "/api/v1/rules", {
          ...{ ...rule, rule_name: rule.rule_id, trigger_type: "event" },
          trigger_spec: { topics: ["none"], field: "n", op: ">", value: 0 },
        });
      }
      const run = server.call("POST", "/api/v1/rules/outer/trigger", { payload: { n: 1 } })
        .catch(() => null);
      await server.until("c is asked for", () => hits.some(({ path }) => path === "c"));
      await server[how]();
      await run;
    }
    first.resolve();
    await using server = await startServer({ data: data.path });
    await server.until("the last action is done", () => hits.some(({ path }) => path === "e"));
    const waiting = "/api/v1/deliveries?state=queued";
    await server.until(
      "nothing waits",
      async () => (await server.call<{ items: unknown[] }>("GET", waiting)).items.length === 0,
    );
    const paths = hits.map(({ path }) => path);
    assert.deepEqual(paths.slice(0, 2), ["a", "c"]);
    // The one that was under way is asked for again, under its key; what comes of it decides what follows.
    assert.deepEqual(paths.filter((path) => path !== "c").toSorted(), ["a", "d", "e"], paths.join());
    assert.equal(new Set(hits.filter(({ path }) => path === "c").map(({ key }) => key)).size, 1);
    assert.equal(paths.filter((path) => path === "c").length, 2);
    assert.ok(paths.indexOf("d") > paths.lastIndexOf("c"));
    const bodyOf = (path: string) => hits.find((hit) => hit.path === path)!.body;
    assert.deepEqual([bodyOf("d").c, bodyOf("e").t], ["c", "success"]);
    const { items } = await server.call<{ items: JsonObject[] }>("GET", "/api/v1/alerts");
    assert.deepEqual(items.map(({ rule_id }) => rule_id).toSorted(), ["inner", "outer"]);
  });
}
