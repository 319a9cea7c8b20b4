/** Claims about LookupStore. */
import assert from "node:assert/strict";
import type { LookupDraft } from "../../src/store/lookup_store.ts";
import { VersionConflictError } from "../../src/store/rule_store.ts";
import { document, events, NO_LIMIT, T0 } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

function draft(name: string, version: number, rest: Partial<LookupDraft> = {}): LookupDraft {
  return {
    ...{ name, version, deleted: false, key: "id", rows: 1, source: null, digest: `${name}${version}` },
    ...{ created_at: T0, updated_at: T0 },
    ...rest,
  };
}

const image = (size: number) => Uint8Array.from({ length: size }, (_, i) => i % 251);
const record = () => document("lookup");

export function lookupClaims(claim: Claim): void {
  claim("a lookup version and its record are one", async ({ lookups, log }) => {
    await log.append([events({ count: 3 })]);
    const saved = await lookups.save(draft("hosts", 1), image(10), record());
    assert.deepEqual(saved, { ...draft("hosts", 1), from_offset: 3, bytes: 10 });
    const [, logged] = await log.read(0, NO_LIMIT);
    assert.equal(logged?.kind, "lookup");
    assert.deepEqual(await lookups.latest("hosts"), saved);
    assert.deepEqual(await lookups.list(), [saved]);
    assert.equal(await lookups.latest("none"), undefined);
  });

  claim("a lookup version that somebody else saved first changes nothing", async ({ lookups, log }) => {
    await lookups.save(draft("hosts", 1), image(1), record());
    const { next } = log;
    await assert.rejects(lookups.save(draft("hosts", 1), image(2), record()), VersionConflictError);
    await assert.rejects(lookups.save(draft("hosts", 3), image(2), record()), VersionConflictError);
    assert.equal(log.next, next);
    assert.equal(await lookups.bytes(), 1);
  });

  claim("an image is read as it was written, whatever its size", async ({ lookups }) => {
    for (const [i, size] of [0, 1, 1024 * 1024, 2_500_000].entries()) {
      await lookups.save(draft("t", i + 1), image(size), record());
      assert.deepEqual(await lookups.image("t", i + 1), image(size));
    }
    assert.equal(await lookups.image("t", 9), undefined);
  });

  claim("the version in force is the newest whose record lies below", async ({ lookups, log }) => {
    const first = await lookups.save(draft("t", 1), image(1), record());
    await log.append([events()]);
    const second = await lookups.save(draft("t", 2), image(2), record());
    assert.equal(await lookups.at("t", first.from_offset), undefined);
    assert.deepEqual(await lookups.at("t", first.from_offset + 1), first);
    assert.deepEqual(await lookups.at("t", second.from_offset), first);
    assert.deepEqual(await lookups.at("t", second.from_offset + 1), second);
  });

  claim("a deleted table is not listed, and its name goes on with the next version", async ({ lookups }) => {
    await lookups.save(draft("t", 1), image(1), record());
    const end = await lookups.save(draft("t", 2, { deleted: true }), image(0), record());
    assert.deepEqual(await lookups.list(), []);
    assert.deepEqual(await lookups.latest("t"), end);
    assert.equal(await lookups.image("t", 2), undefined);
    await lookups.save(draft("t", 3), image(3), record());
    assert.deepEqual((await lookups.list()).map(({ version }) => version), [3]);
  });

  claim("versions go once a later one counts for everybody", async ({ lookups }) => {
    const saved = [];
    for (const version of [1, 2, 3]) saved.push(await lookups.save(draft("t", version), image(9), record()));
    assert.equal(await lookups.trim(saved[1]!.from_offset, 10), 0);
    assert.equal(await lookups.trim(saved[1]!.from_offset + 1, 10), 1);
    assert.equal(await lookups.image("t", 1), undefined);
    assert.deepEqual(await lookups.at("t", saved[0]!.from_offset + 1), saved[1]);
    assert.equal(await lookups.trim(Infinity, 10), 1);
    assert.equal(await lookups.bytes(), 9);
  });
}
