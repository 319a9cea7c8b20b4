/** Signatures, by the vectors of delivery/standard_webhooks.json. */
import assert from "node:assert/strict";
import { signatures, signingKey } from "../../src/channel/standard_webhooks.ts";
import { vectors } from "../vector_rows.ts";

interface SignRow {
  id: string;
  about: string;
  secrets: string[];
  "webhook-id": string;
  "webhook-timestamp": string;
  body: string;
  "webhook-signature": string;
}
interface VerifyRow {
  id: string;
  about: string;
  secret: string;
  headers: Record<string, string>;
  body: string;
  valid: boolean;
  reason?: string;
}

const data = vectors<
  { sign: SignRow[]; verify: VerifyRow[]; secrets: { id: string; secret: string; ok: boolean }[] }
>("delivery/standard_webhooks.json");

function signed(secrets: string[], { id, timestamp, body }: { id: string; timestamp: number; body: string }) {
  const keys = secrets.map((secret) => {
    const key = signingKey(secret);
    assert.ok(key !== undefined);
    return key;
  });
  return signatures(keys, { id, timestamp, body: new TextEncoder().encode(body) });
}

for (const row of data.sign) {
  Deno.test(`signature ${row.id}: ${row.about}`, () => {
    const made = signed(row.secrets, {
      id: row["webhook-id"],
      timestamp: Number(row["webhook-timestamp"]),
      body: row.body,
    });
    assert.equal(made, row["webhook-signature"]);
  });
}

// Rows of `verify` whose fate hangs on the digest alone: ours is among the valid ones and never among the bad.
for (const row of data.verify) {
  const headers = Object.fromEntries(Object.entries(row.headers).map(([k, v]) => [k.toLowerCase(), v]));
  if (row.secret.startsWith("whpk_") || (!row.valid && row.reason !== "no_match")) continue;
  Deno.test(`signature ${row.id}: ${row.about}`, () => {
    const made = signed([row.secret], {
      id: headers["webhook-id"]!,
      timestamp: Number(headers["webhook-timestamp"]),
      body: row.body,
    });
    assert.equal(headers["webhook-signature"]!.split(" ").includes(made), row.valid);
  });
}

for (const row of data.secrets) {
  Deno.test(`secret ${row.id}: ${JSON.stringify(row.secret.slice(0, 20))} is ${row.ok ? "taken" : "refused"}`, () => {
    assert.equal(signingKey(row.secret) !== undefined, row.ok);
  });
}

Deno.test("secret: plain text that is no base64 key signs with its own bytes", () => {
  assert.deepEqual(signingKey("correct horse battery"), {
    scheme: "v1",
    key: signingKeyBytes("correct horse battery"),
  });
  assert.equal(signingKey("short"), undefined);
});

function signingKeyBytes(text: string) {
  const key = signingKey("whsec_" + btoa(text.padEnd(24)));
  assert.ok(key?.scheme === "v1");
  return key.key.subarray(0, text.length);
}
