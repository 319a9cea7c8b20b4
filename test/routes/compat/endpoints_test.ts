/**
 * Every endpoint of the record of the reference system's API is called, and its answer has the members that
 * the record lists; or it says in the reference system's error shape why it is not served, and
 * docs/compatibility.md lists it.
 */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../../src/base/json.ts";
import { UNSERVED } from "../../../routes/compat/unserved.ts";
import { vectors } from "../../vector_rows.ts";
import { type Api, openApi } from "../api.ts";
import { misses } from "./answer_shape.ts";
import { KNOWN_CALLS, openFixture } from "./known_calls.ts";

interface Endpoint {
  method: string;
  path: string;
  response: { status: number; data?: JsonValue };
}

const { endpoints, types } = vectors<{ endpoints: Endpoint[]; types: JsonObject }>("compat/api.json");
const page = Deno.readTextFileSync(new URL("../../../docs/compatibility.md", import.meta.url));

/** `/cep/rules/{rule_id}` as `/cep/rules/*`: the names of parameters are nobody's concern. */
function plain(path: string): string {
  return path.replaceAll(/\{[^}]+\}|:\w+/g, "*");
}

const unserved = new Set(UNSERVED.map(({ method, path }) => `${method} ${plain(path)}`));

Deno.test("compat router: every endpoint of the record is answered with its members, or listed", async (test) => {
  await using api = await openApi();
  await using fixture = await openFixture(api);
  for (const { method, path, response } of endpoints) {
    const name = `${method} ${path}`;
    if (name === "GET /cep/events/stream") continue; // event_stream_test.ts
    await test.step(name, async () => {
      if (unserved.has(`${method} ${plain(path)}`)) return await refusedAndListed(api, method, path);
      const call = KNOWN_CALLS[name];
      assert(call !== undefined, "no call of this endpoint is known, and it is not listed as unserved");
      const { at, body } = call(fixture);
      const reply = await api.send(method, at, body);
      assert.equal(reply.status, response.status, reply.text);
      assert.deepEqual(Object.keys(reply.body), ["time", "code", "message", "data", "metadata"]);
      assert.deepEqual([reply.body.code, typeof reply.headers.get("x-request-id")], [0, "string"]);
      assert.deepEqual(misses(response.data ?? null, reply.body.data, types), [], reply.text);
    });
  }
});

async function refusedAndListed(api: Api, method: string, path: string): Promise<void> {
  const at = path.replaceAll(/\{[^}]+\}/g, "x");
  const { status, body } = await api.send(method, at, method === "GET" || method === "DELETE" ? null : {});
  assert.equal(status, 501);
  assert.deepEqual([body.error, body.status_code, body.detail], ["NOT_IMPLEMENTED", 501, body.message]);
  assert(body.detail.includes("is not served here: "), body.detail);
  assert(page.includes(`\`${method} ${path}\``), `docs/compatibility.md does not list ${method} ${path}`);
}
