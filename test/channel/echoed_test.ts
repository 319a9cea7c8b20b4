/** Secrets in what receivers echo: struck out in every writing, wherever it stands. */
import assert from "node:assert/strict";
import { strikeOut } from "../../src/channel/mod.ts";

const SECRETS = ["t0p-s3cret!", 'with "quotes" & space', "schlüssel", "sekret✓secret"];

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

for (const secret of SECRETS) {
  Deno.test(`echo of ${secret}: base64 is struck out whatever stands around it, in both alphabets`, () => {
    for (let before = 0; before < 6; before++) {
      for (let after = 0; after < 6; after++) {
        const run = base64("ÿ>?abc".slice(0, before) + secret + "abc?>ÿ".slice(0, after));
        const url = run.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
        assert.equal(strikeOut(`a ${run} b.${url}.c`, [secret]), "a ******** b.********.c");
      }
    }
  });

  Deno.test(`echo of ${secret}: as JSON, JSON within JSON, a URL and a form`, () => {
    const json = JSON.stringify({ body: JSON.stringify({ key: secret }) });
    assert.equal(strikeOut(json, [secret]), '{"body":"{\\"key\\":\\"********\\"}"}');
    const url = `https://a.example/${encodeURIComponent(secret)}?${new URLSearchParams({ k: secret })}`;
    assert.equal(strikeOut(url, [secret]), "https://a.example/********?k=********");
  });
}

Deno.test("echoes: several runs of base64 are struck, others and what stands between are left", () => {
  const [one, other] = [base64("user:t0p-s3cret!"), base64("nothing to see here")];
  assert.equal(strikeOut(`${one},${other};${one}`, ["t0p-s3cret!"]), `********,${other};********`);
  assert.equal(strikeOut("no run at all", ["t0p-s3cret!"]), "no run at all");
});

Deno.test("echoes: the password of a basic login is struck out of an answer that names it", () => {
  const header = `Basic ${base64("user:t0p-s3cret!")}`;
  assert.equal(
    strikeOut("wrong password t0p-s3cret! for user", [header]),
    "wrong password ******** for user",
  );
});
