/** The webhook channel: its config, its requests and what it keeps secret; and what every channel's config keeps. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import { channelKinds, MASK, maskSecrets, redactSecrets } from "../../src/channel/mod.ts";
import { mergeSecrets } from "../../src/channel/secrets.ts";
import { webhook } from "../../src/channel/webhook.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { alertOf, attemptContext, capturingHttp, channelOf } from "./channel_fixture.ts";

const context = (http: ReturnType<typeof capturingHttp>, clock = new VirtualClock()) =>
  attemptContext(clock, { http: http.port });

function bodyOf(body: Uint8Array): JsonObject {
  return JSON.parse(new TextDecoder().decode(body));
}

Deno.test("webhook: attempts differ in timestamp and signature, never in id and body", async () => {
  const http = capturingHttp();
  const clock = new VirtualClock();
  const channel = channelOf(
    webhook.validate({ url: "https://h.example.com/", secret: "whsec_" + btoa("k".repeat(24)) }),
  );
  const alert = alertOf();
  await webhook.send({ kind: "alert", alert }, channel, context(http, clock));
  await clock.advance(1000);
  await webhook.send(
    { kind: "alert", alert: { ...alert, ack: true, ack_by: "eve" } },
    channel,
    context(http, clock),
  );
  const [first, second] = http.requests;
  for (const name of ["webhook-id", "idempotency-key"]) {
    assert.equal(first!.headers[name], "dlv_1-a");
    assert.equal(second!.headers[name], "dlv_1-a");
  }
  assert.deepEqual(first!.body, second!.body);
  for (const name of ["webhook-timestamp", "webhook-signature"]) {
    assert.notEqual(first!.headers[name], second!.headers[name]);
  }
});

Deno.test("webhook: format flat holds what the reference system's server and form announce", async () => {
  const http = capturingHttp();
  const config = webhook.validate({ url: "https://h.example.com/", format: "flat" });
  await webhook.send(
    { kind: "alert", alert: alertOf({ metadata: { n: 1 } }) },
    channelOf(config),
    context(http),
  );
  assert.deepEqual(bodyOf(http.requests[0]!.body), {
    title: "High CPU",
    body: "CPU at 97.5 %",
    severity: "critical",
    status: "firing",
    fired_at: "2026-03-01T12:00:00.000Z",
    metadata: { n: 1 },
    recipients: [],
    timestamp: "2026-03-01T12:00:00.000Z",
  });
});

Deno.test("webhook config: defaults are filled in, aliases resolved, null is absent", () => {
  assert.deepEqual(webhook.validate({ webhook_url: "https://h.example.com/", secret: null }), {
    url: "https://h.example.com/",
    method: "POST",
    headers: {},
    format: "standard",
  });
});

const refused: [string, JsonObject, string, RegExp][] = [
  ["an unknown member", { secrt: "x" }, "/config/secrt", /did you mean "secret"/],
  ["a template without its name", { format: "template" }, "/config/template", /expected together/],
  ["an unknown format", { format: "xml" }, "/config/format", /"alertmanager_v4" or "template"/],
  ["a header of ours", { headers: { "Webhook-Id": "x" } }, "/config/headers/Webhook-Id", /cannot be set/],
  [
    "a header's value with a line end",
    { headers: { "X-A": "a\r\nHost: b" } },
    "/config/headers/X-A",
    /value/,
  ],
  ["a weak secret", { secret: "whsec_AAAA" }, "/config/secret", /24 to 64 bytes/],
  ["an old secret alone", { previous_secret: "12345678" }, "/config/previous_secret", /together/],
];
for (const [what, config, pointer, message] of refused) {
  Deno.test(`webhook config: ${what} is refused where it stands`, () => {
    assert.throws(() => webhook.validate({ url: "https://h.example.com/", ...config }), (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.equal(error.status, 400);
      assert.equal(error.errors[0]!.pointer, pointer);
      assert.match(error.errors[0]!.message, message);
      return true;
    });
  });
}

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const stored = { url: "https://h.example.com/", secret, headers: { authorization: "Bearer abcdefgh" } };

Deno.test("secrets: the API shows masks, and a config with masks keeps what is stored", () => {
  const shown = maskSecrets(channelOf(stored)).config;
  assert.deepEqual(shown, { url: stored.url, secret: MASK, headers: { authorization: MASK } });
  assert.deepEqual(mergeSecrets(webhook, shown, stored), stored);
  const changed = { ...shown, secret: "a new plain secret", headers: { authorization: MASK, "x-new": "1" } };
  assert.deepEqual(mergeSecrets(webhook, changed, stored), {
    ...stored,
    secret: "a new plain secret",
    headers: { ...stored.headers, "x-new": "1" },
  });
});

Deno.test("secrets: a mask under an alias keeps what is stored, too", () => {
  const config = webhook.validate({ endpoint: stored.url, signing_secret: MASK }, stored);
  assert.deepEqual([config.url, config.secret], [stored.url, secret]);
});

Deno.test("secrets: a mask without a stored secret is refused", () => {
  for (const config of [{ secret: MASK }, { headers: { authorization: MASK } }]) {
    assert.throws(() => mergeSecrets(webhook, config), Problem);
    assert.throws(() => mergeSecrets(webhook, config, { url: stored.url }), Problem);
  }
});

const token = "AbC-123_def456ghiJKL";
const shownUrls: [string, string][] = [
  ["https://h.example.com", "https://h.example.com"],
  ["https://h.example.com/hooks/in", "https://h.example.com/hooks/in"],
  ["https://h.example.com:8443/in?token=s3cret&b=", `https://h.example.com:8443/in?token=${MASK}&b=`],
  ["https://h.example.com/in?s3cret", `https://h.example.com/in?${MASK}`],
  [`https://h.example.com/services/T0/${token}`, `https://h.example.com/services/T0/${MASK}`],
  [`https://h.example.com/a/${token}/in/`, `https://h.example.com/a/${MASK}/in/`],
  ["https://u:pw@h.example.com/in#frag", `https://${MASK}:${MASK}@h.example.com/in#${MASK}`],
];
for (const [url, shown] of shownUrls) {
  Deno.test(`secrets: ${url} is shown as ${shown}, which keeps it`, () => {
    assert.equal(maskSecrets(channelOf({ url })).config.url, shown);
    assert.deepEqual(mergeSecrets(webhook, { url: shown }, { url }), { url });
  });
}

Deno.test("secrets: a masked URL that is not the stored one is refused where it stands", () => {
  const url = "https://h.example.com/in?token=s3cret";
  const refusal = (code: string) => (error: unknown) =>
    error instanceof Problem && error.status === 400 && error.code === code &&
    error.errors[0]!.pointer === "/config/url";
  const masked = (host: string) => ({ url: `https://${host}/in?token=${MASK}` });
  assert.throws(() => mergeSecrets(webhook, masked("h.example.com")), refusal("secret_missing"));
  assert.throws(() => mergeSecrets(webhook, masked("evil.example.com"), { url }), refusal("secret_required"));
});

Deno.test("secrets: kept masks are refused once the channel calls another origin", () => {
  const old = webhook.validate({ ...stored, previous_secret: "an old secret" });
  const masks = { secret: MASK, previous_secret: MASK, headers: { authorization: MASK, "x-open": "1" } };
  const elsewhere = ["https://evil.example.com/", "http://h.example.com/", "https://h.example.com:8443/"];
  for (const url of elsewhere) {
    assert.throws(() => webhook.validate({ url, ...masks }, old), (error: unknown) => {
      assert.ok(error instanceof Problem);
      assert.deepEqual([error.status, error.code], [400, "secret_required"]);
      assert.deepEqual(error.errors.map((fault) => fault.pointer).sort(), [
        "/config/headers/authorization",
        "/config/previous_secret",
        "/config/secret",
      ]);
      assert.match(error.errors[0]!.message, /send its value again/);
      return true;
    });
    assert.equal(webhook.validate({ url, secret }, old).url, url);
  }
  const moved = webhook.validate({ url: "https://h.example.com/other", ...masks }, old);
  assert.equal(moved.secret, secret);
});

Deno.test("secrets: what a URL hides is struck from the answer that echoes it", async () => {
  const body = `token s3cret/x, s3cret%2Fx, path ${token}, host h.example.com`;
  const http = capturingHttp({ kind: "answer", status: 500, headers: {}, body, body_end: "complete" });
  const url = `https://h.example.com/${token}?t=s3cret%2Fx`;
  const result = await webhook.send({ kind: "alert", alert: alertOf() }, channelOf({ url }), context(http));
  assert.equal(result.response_body, `token ${MASK}, ${MASK}, path ${MASK}, host h.example.com`);
  assert.equal(http.requests[0]!.url, url);
});

Deno.test("secrets: a receiver that echoes them does not bring them into the delivery log", async () => {
  const body = `you sent ${stored.headers.authorization}, signed with ${secret}`;
  const http = capturingHttp({ kind: "answer", status: 500, headers: {}, body, body_end: "complete" });
  const result = await webhook.send({ kind: "alert", alert: alertOf() }, channelOf(stored), context(http));
  assert.equal(result.response_body, `you sent ${MASK}, signed with ${MASK}`);
});

Deno.test("secrets: a receiver that names only the token of a header does not show it", async () => {
  const headers = {
    authorization: "Bearer tok-3n-value",
    "x-login": `Basic ${btoa("user:pass-w0rd")}`,
    "x-api": "Token token=key-0123",
    "x-quoted": 'a"quoted"key',
  };
  const body = `no user for tok-3n-value; pass-w0rd is wrong; key-0123; ${
    btoa("user:pass-w0rd")
  }; a\\"quoted\\"key`;
  const http = capturingHttp({ kind: "answer", status: 401, headers: {}, body, body_end: "complete" });
  const config = { url: "https://h.example.com/", headers };
  const result = await webhook.send({ kind: "alert", alert: alertOf() }, channelOf(config), context(http));
  assert.equal(result.response_body, `no user for ${MASK}; ${MASK} is wrong; ${MASK}; ${MASK}; ${MASK}`);
});

Deno.test("secrets: logins in base64 are struck out wherever they begin, other base64 stays", () => {
  const kind = { secrets: { auth_token: "text" } } as const;
  for (const user of ["", "A", "AB", "ABC", "ABCD", "AC0123456789"]) {
    for (const token of ["s3cret-token", "비밀-token"]) {
      const login = btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${token}:${user}`)));
      const other = btoa("nothing of it in here");
      const text = `authorization: Basic ${login}, /${login}, ${other}`;
      const struck = redactSecrets(text, kind, { auth_token: token });
      assert.equal(struck, `authorization: Basic ${MASK}, ${MASK}, ${other}`);
    }
  }
});

Deno.test("secrets: an answer cut in the middle of a secret does not show its beginning", () => {
  const kind = { secrets: { auth_token: "text" } } as const;
  const secret = "abcdef-0123456789";
  for (let kept = 6; kept <= secret.length; kept++) {
    const struck = redactSecrets(`you sent ${secret.slice(0, kept)}`, kind, { auth_token: secret });
    assert.equal(struck, `you sent ${MASK}`);
  }
  assert.equal(redactSecrets("it ends in abcde", kind, { auth_token: secret }), "it ends in abcde");
});

Deno.test("channel kinds: every field has a help text and every secret is a field", () => {
  for (const kind of channelKinds) {
    const { properties } = kind.schema.toJSONSchema({ io: "input" }) as {
      properties: Record<string, JsonObject>;
    };
    for (const [name, field] of Object.entries(properties)) {
      assert.ok(field.description, `${kind.type}.${name}`);
    }
    for (const name of Object.keys(kind.secrets)) assert.ok(name in properties, `${kind.type}.${name}`);
  }
});
