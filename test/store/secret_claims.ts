/** Claims about SecretStore. */
import assert from "node:assert/strict";
import type { Secret } from "../../src/model/secret.ts";
import { VersionConflictError } from "../../src/store/rule_store.ts";
import { secret } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

/** Rows may hold values as they were sealed: what counts is which one it is. */
function told(secrets: readonly Secret[]): (string | number)[][] {
  return secrets.map(({ name, version, description }) => [name, version, description]);
}

export function secretClaims(claim: Claim): void {
  claim("secrets are listed by name, each as it was saved last", async ({ secrets }) => {
    await secrets.save(secret("b"));
    await secrets.save(secret("a", { hosts: ["api.example.com"] }));
    await secrets.save(secret("b", { version: 2, description: "the second" }));
    const all = await secrets.list();
    assert.deepEqual(told(all), [["a", 1, ""], ["b", 2, "the second"]]);
    assert.deepEqual(all[0]!.hosts, ["api.example.com"]);
  });

  claim("a secret is saved over its version only", async ({ secrets }) => {
    await secrets.save(secret("a"));
    await assert.rejects(secrets.save(secret("a", { description: "again" })), VersionConflictError);
    await assert.rejects(secrets.save(secret("a", { version: 3 })), VersionConflictError);
    await assert.rejects(secrets.save(secret("new", { version: 2 })), VersionConflictError);
    assert.deepEqual(told(await secrets.list()), [["a", 1, ""]]);
  });

  claim("a deleted secret is gone, and its name begins anew", async ({ secrets }) => {
    await secrets.save(secret("a"));
    await secrets.save(secret("a", { version: 2 }));
    assert.deepEqual([await secrets.delete("a"), await secrets.delete("a")], [true, false]);
    assert.deepEqual(await secrets.list(), []);
    await secrets.save(secret("a"));
    assert.deepEqual(told(await secrets.list()), [["a", 1, ""]]);
  });

  claim("values are rewritten within their version, and only there", async ({ secrets }) => {
    await secrets.save(secret("a"));
    await secrets.save(secret("b"));
    const values = [{ name: "a", version: 1, value: "one" }, { name: "b", version: 2, value: "two" }];
    assert.equal(await secrets.rewrite(values), 1);
    const [a, b] = await secrets.list();
    assert.deepEqual([a!.value, a!.version, b!.value === "two"], ["one", 1, false]);
    assert.equal(await secrets.wipe(), true);
    assert.equal((await secrets.list()).length, 2);
  });
}
