import assert from "node:assert/strict";
import { cpuRule, openApi } from "./api.ts";

Deno.test("If-Match takes a list, any, and no weak tags", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  const save = async (tags: string) => {
    const { status, headers } = await api.send("PATCH", "/rules/r", { description: tags }, {
      "if-match": tags,
    });
    return status === 200 ? headers.get("etag") : status;
  };
  assert.equal(await save('"7", "1"'), '"2"');
  assert.equal(await save('"2" , W/"2"'), '"3"');
  assert.equal(await save("*"), '"4"');
  for (const stale of ['"1", "2"', 'W/"4"', "4", '"4" "x', '"a", "b"', ","]) {
    assert.equal(await save(stale), 412, stale);
  }
  assert.equal((await api.send("DELETE", "/rules/r", null, { "if-match": '"3", "4"' })).status, 204);
});

Deno.test("If-None-Match: what the caller has is not sent again", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  const channel = { channel_id: "c", name: "c", type: "webhook", config: { url: "http://127.0.0.1:9/" } };
  await api.send("POST", "/channels", channel);
  for (const path of ["/rules/r", "/channels/c"]) {
    const get = (tags: string) => api.send("GET", path, null, { "if-none-match": tags });
    for (const known of ['"1"', 'W/"1"', '"7", "1"', "*"]) {
      const { status, text, headers } = await get(known);
      assert.deepEqual([status, text, headers.get("etag")], [304, "", '"1"'], `${path} ${known}`);
    }
    for (const other of ['"2"', "1", '"11"']) assert.equal((await get(other)).status, 200, other);
  }
  assert.equal((await api.send("GET", "/rules", null, { "if-none-match": "*" })).status, 200);
});
