/** Claims about TemplateStore. */
import assert from "node:assert/strict";
import type { Template } from "../../src/model/template.ts";
import { NAMED_VERSIONS_MAX } from "../../src/store/named_versions.ts";
import { VersionConflictError } from "../../src/store/rule_store.ts";
import type { Claim } from "./store_suite.ts";

function template(name: string, version: number): Template {
  const at = "2026-01-01T00:00:00.000Z";
  const body = `version ${version}: {{ alert_title }}`;
  const times = { created_at: at, updated_at: at };
  return {
    name,
    channel_type: "sms",
    body,
    subject: null,
    version,
    is_default: false,
    variables: ["alert_title"],
    ...times,
  };
}

export function templateClaims(claim: Claim): void {
  claim("templates are listed by name, each in its newest version", async ({ templates }) => {
    for (const [name, version] of [["b", 1], ["a", 1], ["b", 2]] as const) {
      await templates.save(template(name, version));
    }
    assert.deepEqual(await templates.list(), [template("a", 1), template("b", 2)]);
    assert.deepEqual(await templates.versions("b"), [template("b", 1), template("b", 2)]);
    assert.deepEqual(await templates.versions("none"), []);
  });

  claim("a template is saved over its newest version only", async ({ templates }) => {
    await templates.save(template("a", 1));
    await assert.rejects(templates.save(template("a", 1)), VersionConflictError);
    await assert.rejects(templates.save(template("a", 3)), VersionConflictError);
    await assert.rejects(templates.save(template("new", 2)), VersionConflictError);
    assert.deepEqual(await templates.list(), [template("a", 1)]);
  });

  claim("deleting a template deletes its versions", async ({ templates }) => {
    await templates.save(template("a", 1));
    await templates.save(template("a", 2));
    assert.equal(await templates.delete("a"), true);
    assert.equal(await templates.delete("a"), false);
    assert.deepEqual(await templates.versions("a"), []);
  });

  claim("of a template the newest versions are kept, up to the bound", async ({ templates }) => {
    for (let version = 1; version <= NAMED_VERSIONS_MAX + 2; version++) {
      await templates.save(template("a", version));
    }
    const kept = (await templates.versions("a")).map(({ version }) => version);
    assert.deepEqual([kept.length, kept[0], kept.at(-1)], [
      NAMED_VERSIONS_MAX,
      3,
      NAMED_VERSIONS_MAX + 2,
    ]);
  });
}
