/** Claims about ChannelStore and HealthStore. */
import assert from "node:assert/strict";
import { NameTakenError } from "../../src/store/channel_store.ts";
import { VersionConflictError } from "../../src/store/rule_store.ts";
import { channel, T0 } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

export function roomClaims(claim: Claim): void {
  channelClaims(claim);
  rowClaims(claim);
  healthClaims(claim);

  claim("closing twice is harmless", async (store) => {
    await store[Symbol.asyncDispose]();
  });

  claim("checkpoints may overlap and change nothing", async (store) => {
    await store.channels.create(channel("c1"));
    await Promise.all([store.checkpoint(), store.checkpoint()]);
    await store.checkpoint();
    assert.equal((await store.channels.list()).length, 1);
  });
}

function channelClaims(claim: Claim): void {
  claim("channels are listed by creation and read as written", async ({ channels }) => {
    await channels.create(channel("z", { config: { webhook_url: "https://a.example/" } }));
    await channels.create(channel("a"));
    assert.deepEqual((await channels.list()).map((c) => c.channel_id), ["z", "a"]);
    assert.deepEqual(
      await channels.get("z"),
      channel("z", { config: { webhook_url: "https://a.example/" } }),
    );
    assert.equal(await channels.get("none"), undefined);
  });

  claim("a name is taken in any case", async ({ channels }) => {
    await channels.create(channel("c1", { name: "Größe" }));
    await channels.create(channel("c2", { name: "other" }));
    await assert.rejects(channels.create(channel("c3", { name: "GRÖßE" })), NameTakenError);
    await assert.rejects(channels.update(channel("c2", { name: "größe", version: 2 })), NameTakenError);
    await channels.update(channel("c1", { name: "GRÖßE", version: 2 }));
    assert.deepEqual((await channels.list()).map((c) => c.name), ["GRÖßE", "other"]);
  });

  claim("an update replaces the version before it only", async ({ channels }) => {
    await channels.create(channel("c1"));
    await channels.update(channel("c1", { version: 2, enabled: false }));
    await assert.rejects(channels.update(channel("c1", { version: 2 })), VersionConflictError);
    await assert.rejects(channels.update(channel("c1", { version: 4 })), VersionConflictError);
    await assert.rejects(channels.update(channel("none", { version: 2 })), VersionConflictError);
    assert.deepEqual(await channels.get("c1"), channel("c1", { version: 2, enabled: false }));
  });

  claim("a deleted channel frees its name", async ({ channels }) => {
    await channels.create(channel("c1", { name: "ops" }));
    assert.equal(await channels.delete("c1"), true);
    assert.equal(await channels.delete("c1"), false);
    await channels.create(channel("c2", { name: "ops" }));
    assert.deepEqual((await channels.list()).map((c) => c.channel_id), ["c2"]);
  });

  claim("the last test is kept without a new version", async ({ channels }) => {
    await channels.create(channel("c1"));
    const test = { at: "2024-01-01T00:00:00.000Z", ok: false, status: 500, error: "HTTP 500" };
    await channels.setLastTest("c1", test);
    await channels.setLastTest("none", test);
    assert.deepEqual(await channels.get("c1"), channel("c1", { last_test: test }));
  });
}

function rowClaims(claim: Claim): void {
  claim("configs are rewritten within their version, and others are passed over", async ({ channels }) => {
    await channels.create(channel("c1", { config: { url: "https://a.example/" } }));
    await channels.create(channel("c2", { version: 2 }));
    const config = { url: "https://b.example/" };
    const configs = [["c1", 1], ["c2", 1], ["none", 1]] as const;
    const rewritten = await channels.rewrite(
      configs.map(([channel_id, version]) => ({ channel_id, version, config })),
    );
    assert.equal(rewritten, 1);
    assert.deepEqual(await channels.list(), [channel("c1", { config }), channel("c2", { version: 2 })]);
    assert.equal(await channels.wipe(), true);
    assert.equal((await channels.list()).length, 2);
  });
}

function healthClaims(claim: Claim): void {
  claim("strikes count per rule and event", async ({ health }) => {
    assert.equal(await health.strike("r1", 5), 1);
    assert.equal(await health.strike("r1", 5), 2);
    assert.equal(await health.strike("r1", 6), 1);
    assert.equal(await health.strike("r2", 5), 1);
  });

  claim("parked events are listed by offset, each once", async ({ health }) => {
    const poison = (offset: number, error = "boom") => ({ rule_id: "r1", offset, error, at: T0 });
    await health.park(poison(9));
    await health.park(poison(4));
    await health.park(poison(9, "again"));
    assert.deepEqual(await health.poison("r1"), [poison(4), poison(9, "again")]);
    assert.deepEqual(await health.poison("r2"), []);
  });

  claim(
    "unparking forgets the strikes of a rule and the parked events that are named",
    async ({ health }) => {
      for (const offset of [4, 5, 6]) {
        await health.strike("r1", offset);
        await health.park({ rule_id: "r1", offset, error: "boom", at: T0 });
      }
      await health.strike("r2", 4);
      await health.park({ rule_id: "r2", offset: 4, error: "boom", at: T0 });
      assert.equal(await health.parked(), 4);
      await health.unpark("r1", [4, 6]);
      assert.deepEqual((await health.poison("r1")).map(({ offset }) => offset), [5]);
      assert.deepEqual((await health.poison("r2")).map(({ offset }) => offset), [4]);
      assert.equal(await health.strike("r1", 4), 1);
      assert.equal(await health.strike("r2", 4), 2);
      assert.equal(await health.parked(), 2);
    },
  );

  claim("a quarantine stays until it is released", async ({ health }) => {
    const row = (rule_id: string, at: number) => ({ rule_id, reason: "crashes", offset: 7, at });
    await health.quarantine(row("r2", T0 + 1));
    await health.quarantine(row("r1", T0 + 2));
    await health.quarantine(row("r2", T0 + 3));
    assert.deepEqual(await health.quarantined(), [row("r1", T0 + 2), row("r2", T0 + 3)]);
    await health.release("r1");
    assert.deepEqual(await health.quarantined(), [row("r2", T0 + 3)]);
  });

  claim("forgetting a rule takes its strikes, parked events and quarantine", async ({ health }) => {
    for (const rule_id of ["r1", "r2"]) {
      await health.strike(rule_id, 5);
      await health.park({ rule_id, offset: 5, error: "boom", at: T0 });
      await health.quarantine({ rule_id, reason: "crashes", offset: 5, at: T0 });
    }
    await health.forget("r1");
    assert.equal(await health.strike("r1", 5), 1);
    assert.deepEqual(await health.poison("r1"), []);
    assert.deepEqual((await health.quarantined()).map((q) => q.rule_id), ["r2"]);
    assert.equal(await health.strike("r2", 5), 2);
  });
}
