/** Sealing: what is sealed opens in its place with its key, and in no other way. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createKeyring, type Keyring } from "../../src/base/sealing.ts";

const PLACE = ["c1", "secret"];

function keyring(...bytes: number[]): Keyring {
  return createKeyring(bytes.map((byte) => new Uint8Array(32).fill(byte)));
}

function why(ring: Keyring, sealed: string, place: readonly string[] = PLACE): string {
  const opened = ring.open(sealed, place);
  return opened.ok ? "opened" : opened.why;
}

function keyId(sealed: string): string {
  return sealed.split(":")[2]!;
}

Deno.test("any text opens as it was, and is sealed differently each time", () => {
  const ring = keyring(1);
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string()), (text, place) => {
    const sealed = ring.seal(text, place);
    assert.deepEqual(ring.open(sealed, place), { ok: true, text });
    assert.notEqual(ring.seal(text, place), sealed);
    assert.match(sealed, /^enc:v1:[0-9a-f]{8}:[A-Za-z0-9+/]+=*$/);
  }));
});

Deno.test("a sealed text with any bit turned does not open", () => {
  const ring = keyring(1);
  const sealed = ring.seal("a secret", PLACE);
  const head = sealed.slice(0, sealed.lastIndexOf(":") + 1);
  const bytes = Uint8Array.fromBase64(sealed.slice(head.length));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const turned = bytes.slice();
    turned[bit >> 3]! ^= 1 << (bit & 7);
    assert.match(why(ring, head + turned.toBase64()), /does not open it/, `bit ${bit}`);
  }
  for (let length = 1; length < bytes.length; length++) {
    assert.match(
      why(ring, head + bytes.subarray(0, length).toBase64()),
      /does not open it/,
      `${length} bytes`,
    );
  }
});

Deno.test("a sealed text does not open in the place of another", () => {
  const ring = keyring(1);
  const sealed = ring.seal("a secret", PLACE);
  for (
    const place of [["c2", "secret"], ["c1", "previous_secret"], ["c1"], ["c1", "sec", "ret"], ["c1secret"]]
  ) {
    assert.match(why(ring, sealed, place), /moved from another place/);
  }
});

Deno.test("the first key seals, all open, and a missing one is named", () => {
  const old = keyring(1).seal("a secret", PLACE);
  const both = keyring(2, 1);
  assert.deepEqual(both.open(old, PLACE), { ok: true, text: "a secret" });
  assert.deepEqual([both.upToDate(old), keyring(1, 2).upToDate(old)], [false, true]);
  const anew = both.seal("a secret", PLACE);
  assert.equal(why(keyring(2), anew), "opened");
  assert.equal(why(keyring(2), old), `key ${keyId(old)} is missing`);
  assert.equal(why(keyring(), old), `key ${keyId(old)} is missing`);
});

Deno.test("another key under the same id does not open", () => {
  const old = keyring(1).seal("a secret", PLACE);
  const id = keyId(keyring(2).seal("", PLACE));
  assert.match(why(keyring(2), old.replace(keyId(old), id)), /does not open it/);
});

Deno.test("without a key texts stay as they are, but for those that read as sealed", () => {
  const ring = keyring();
  assert.equal(ring.seals, false);
  assert.equal(ring.seal("enc:v1:plain", PLACE), "enc:v1:plain");
  assert.deepEqual(ring.open("enc:v1:plain", PLACE), { ok: true, text: "enc:v1:plain" });
  assert.throws(() => ring.seal("enc:v1:0123abcd:AAAA", PLACE), { code: "secret_form" });
});

Deno.test("with a key a text that reads as sealed is sealed as any other", () => {
  const ring = keyring(1);
  const text = ring.seal("a secret", PLACE);
  assert.deepEqual(ring.open(ring.seal(text, PLACE), PLACE), { ok: true, text });
});
