/** Claims about RuleStore. */
import assert from "node:assert/strict";
import { VersionConflictError } from "../../src/store/rule_store.ts";
import type { Store } from "../../src/store/store.ts";
import { document, events, NO_LIMIT, pendingReply, ruleDraft, T0 } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

const save = (store: Store, ...draft: Parameters<typeof ruleDraft>) =>
  store.rules.save(ruleDraft(...draft), document("rule"));

export function ruleClaims(claim: Claim): void {
  claim("a saved rule names the offset of its record", async (store) => {
    await store.log.append([events({ count: 3 })]);
    const saved = await store.rules.save(ruleDraft("r1"), document("rule", T0), [pendingReply("k")]);
    assert.deepEqual(saved, { ...ruleDraft("r1"), from_offset: 3 });
    assert.equal(store.log.next, 4);
    assert.equal((await store.log.read(3, NO_LIMIT))[0]!.kind, "rule");
    assert.equal((await store.log.reply("k", 0))!.body, '{"firsts":[3]}');
    assert.deepEqual(await store.rules.get("r1"), saved);
  });

  claim("a save that is not the next version changes nothing", async (store) => {
    await save(store, "r1");
    for (const version of [0, 1, 3]) {
      await assert.rejects(save(store, "r1", { version }), VersionConflictError);
    }
    await assert.rejects(save(store, "r2", { version: 2 }), VersionConflictError);
    assert.equal(store.log.next, 1);
    assert.deepEqual((await store.rules.versions("r1")).map((v) => v.version), [1]);
    assert.equal(await store.rules.get("r2"), undefined);
  });

  claim("versions are the timeline, oldest first", async (store) => {
    await save(store, "r1");
    await store.log.append([events({ count: 5 })]);
    await save(store, "r1", { version: 2, change: "updated" });
    await save(store, "r1", { version: 3, change: "disabled", active: false });
    const timeline = (await store.rules.versions("r1")).map((v) => [v.version, v.from_offset, v.active]);
    assert.deepEqual(timeline, [[1, 0, true], [2, 6, true], [3, 7, false]]);
    assert.deepEqual(await store.rules.versions("none"), []);
  });

  claim("a deleted rule is gone but its newest version is known", async (store) => {
    await save(store, "r1");
    await save(store, "r1", { version: 2, change: "deleted", active: false });
    assert.equal(await store.rules.get("r1"), undefined);
    assert.equal((await store.rules.latest("r1"))!.change, "deleted");
    assert.deepEqual((await store.rules.list({ limit: 9 })).items, []);
    assert.deepEqual(await store.rules.active(), []);
    assert.deepEqual(await store.rules.count(), { total: 0, active: 0 });
    await assert.rejects(save(store, "r1"), VersionConflictError);
  });

  claim("a rule made again under its old id is listed as new", async (store) => {
    await save(store, "r1");
    await save(store, "r2");
    await save(store, "r1", { version: 2, change: "deleted", active: false });
    await save(store, "r1", { version: 3, change: "created", generation: 2 });
    const listed = await store.rules.list({ limit: 9 });
    assert.deepEqual(listed.items.map((v) => [v.rule_id, v.version]), [["r1", 3], ["r2", 1]]);
    assert.equal((await store.rules.versions("r1")).length, 3);
  });

  claim("active and count follow the newest versions", async (store) => {
    for (const id of ["r1", "r2", "r3"]) await save(store, id);
    await save(store, "r2", { version: 2, change: "disabled", active: false });
    assert.deepEqual((await store.rules.active()).map((v) => v.rule_id), ["r1", "r3"]);
    assert.deepEqual(await store.rules.count(), { total: 3, active: 2 });
  });

  claim("the list pages newest first", async (store) => {
    for (const id of ["r1", "r2", "r3", "r4"]) await save(store, id);
    await save(store, "r1", { version: 2, change: "updated" });
    const one = await store.rules.list({ limit: 3 });
    assert.deepEqual(one.items.map((v) => v.rule_id), ["r4", "r3", "r2"]);
    const two = await store.rules.list({ limit: 3, after: one.next! });
    assert.deepEqual([two.items.map((v) => [v.rule_id, v.version]), two.next], [[["r1", 2]], null]);
  });

  claim("the list is filtered by what the document says", async (store) => {
    const doc = {
      rule_name: "Größe CPU",
      trigger_type: "metric",
      severity: "critical",
      tags: ["prod", "cpu"],
    };
    await save(store, "r1", { doc });
    await save(store, "r2", { doc: { rule_name: "other", trigger_type: "event" }, active: false });
    const ids = async (query: object) =>
      (await store.rules.list({ limit: 9, ...query })).items.map((v) => v.rule_id);
    assert.deepEqual(await ids({ trigger_type: "metric" }), ["r1"]);
    assert.deepEqual(await ids({ severity: "critical" }), ["r1"]);
    assert.deepEqual(await ids({ severity: "info" }), ["r2"]);
    assert.deepEqual(await ids({ tag: "prod" }), ["r1"]);
    assert.deepEqual(await ids({ tag: "pro" }), []);
    assert.deepEqual(await ids({ active: false }), ["r2"]);
    assert.deepEqual(await ids({ search: "GRÖSSE" }), []);
    assert.deepEqual(await ids({ search: "GRÖßE" }), ["r1"]);
    assert.deepEqual(await ids({ search: "%" }), []);
    assert.deepEqual(await ids({ search: "cpu", trigger_type: "event" }), []);
  });

  claim("what a caller does to a version does not reach the store", async (store) => {
    const draft = ruleDraft("r1");
    const saved = await store.rules.save(draft, document("rule"));
    draft.doc.rule_name = saved.doc.rule_name = "changed";
    (await store.rules.get("r1"))!.doc.rule_name = "changed";
    assert.equal((await store.rules.get("r1"))!.doc.rule_name, "Rule r1");
  });
}
