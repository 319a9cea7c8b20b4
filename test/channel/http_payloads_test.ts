/** What channels send over HTTP, by the rows of delivery/payloads.json; and how texts are cut. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { channelKind } from "../../src/channel/mod.ts";
import { smsText } from "../../src/channel/sms.ts";
import { smsSize } from "../../src/channel/sms_segments.ts";
import { cutBytes, cutText } from "../../src/channel/cut_text.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { attemptContext, capturingHttp, channelOf } from "./channel_fixture.ts";
import { holds, type PayloadRow, payloads, vectorAlert } from "./payload_rows.ts";

/** The vectors' names of channels and settings as ours. */
const KINDS: Record<string, { type: string; config(given: JsonObject): JsonObject }> = {
  slack: { type: "slack", config: ({ url }) => ({ webhook_url: url! }) },
  pagerduty: {
    type: "pagerduty",
    config: ({ routing_key, ...others }) => ({ integration_key: routing_key!, ...others }),
  },
  twilio_sms: {
    type: "sms",
    config: ({ from, to, ...others }) => ({ from_number: from!, recipients: [to!], ...others }),
  },
  webhook: { type: "webhook", config: (given) => given },
};

for (const row of payloads.requests.filter(({ channel }) => channel in KINDS)) {
  Deno.test(`payload ${row.id}: the request satisfies every test of the row`, async () => {
    const captured = await capturedOf(row);
    for (const must of row.must) holds(captured, must);
  });
}

async function capturedOf({ channel, alert, config }: PayloadRow) {
  const { type, config: ours } = KINDS[channel]!;
  const kind = channelKind(type)!;
  const http = capturingHttp();
  const checked = kind.validate(ours({ ...payloads.channels[channel], ...config }));
  const stored = channelOf(checked, { type });
  const message = { kind: "alert", alert: vectorAlert(alert) } as const;
  await kind.send(message, stored, attemptContext(new VirtualClock(), { http: http.port }));
  const { method, url, headers, body } = http.requests[0]!;
  const text = new TextDecoder().decode(body);
  const form = type === "sms" ? Object.fromEntries(new URLSearchParams(text)) : undefined;
  const json = form === undefined ? JSON.parse(text) : undefined;
  return {
    method,
    url,
    // The client sets it, and follows no redirect: test/notify/http_client_test.ts.
    headers: { "user-agent": "set by the client", ...headers },
    redirect: "manual",
    body: text,
    json,
    form,
    mrkdwn: JSON.stringify(mrkdwnOf(json)),
  };
}

/** Every text that Slack reads as mrkdwn. */
function mrkdwnOf(value: unknown, inText = false): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => mrkdwnOf(one));
  if (typeof value !== "object" || value === null) return inText ? [String(value)] : [];
  const object = value as Record<string, unknown>;
  return Object.entries(object).flatMap(([name, one]) =>
    mrkdwnOf(one, name === "text" && object.type !== "plain_text")
  );
}

for (const { id, text, limit, by_characters, by_bytes } of payloads.truncation) {
  Deno.test(`${id}: ${JSON.stringify(text)} in ${limit} characters, and in ${limit} bytes`, () => {
    assert.equal(cutText(text, limit), by_characters.text);
    assert.equal(cutBytes(text, limit), by_bytes.text);
  });
}

for (const { id, text, repeat = "", times = 0, then = "", ...size } of payloads.sms_segments) {
  Deno.test(`${id}: ${text ?? `${times} times ${repeat}${then}`} is ${size.segments} parts of ${size.encoding}`, () => {
    assert.deepEqual(smsSize(text ?? repeat.repeat(times) + then), {
      encoding: size.encoding,
      units: size.units,
      segments: size.segments,
    });
  });
}

Deno.test("sms: a text is cut to as many parts as are allowed, and no shorter than it must be", () => {
  for (const alert of [vectorAlert("long"), { ...vectorAlert("korean"), message: "가".repeat(2000) }]) {
    for (const most of [1, 2, 3, 10, 24]) {
      const text = smsText({ kind: "alert", alert }, most);
      const { segments, units, encoding } = smsSize(text);
      assert.ok(segments <= most && text.length <= 1600, `${segments} of ${most}`);
      const room = encoding === "GSM-7" ? 153 : 67;
      assert.ok(text.length >= 1599 || units > (most - 1) * room * 0.9, `${units} units in ${most} parts`);
    }
  }
});

Deno.test("slack: an alert of 120 facts and long texts stays within every limit of Block Kit", async () => {
  for (const alert of ["long", "many", "hostile"]) {
    const { json } = await capturedOf({ id: "", channel: "slack", alert, must: [] });
    const texts = JSON.stringify(json.blocks.map((block: JsonObject) => mrkdwnAndPlain(block)).flat());
    assert.ok(texts.length <= limitOf("all blocks together"), alert);
    assert.ok(json.blocks.length <= limitOf("blocks"), alert);
  }
  const { json } = await capturedOf({ id: "", channel: "slack", alert: "many", must: [] });
  assert.ok(JSON.stringify(json).includes("key119"), "120 short facts fit");
});

function limitOf(field: string): number {
  return payloads.limits.find((one) => one.channel === "slack" && one.field === field)!.max;
}

function mrkdwnAndPlain(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnAndPlain);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === "text" && typeof one === "string" ? [one] : mrkdwnAndPlain(one)
  );
}

Deno.test("discord: long texts and many facts stay within the limits of an embed", async () => {
  const kind = channelKind("discord")!;
  const channel = channelOf(kind.validate({ webhook_url: "https://discord.com/api/webhooks/1/token" }));
  for (const name of ["long", "many", "hostile", "plain", "korean"]) {
    const http = capturingHttp();
    const message = { kind: "alert", alert: vectorAlert(name) } as const;
    await kind.send(message, channel, attemptContext(new VirtualClock(), { http: http.port }));
    const sent = JSON.parse(new TextDecoder().decode(http.requests[0]!.body));
    const [{ title, description, fields = [], footer }] = sent.embeds;
    assert.deepEqual(sent.allowed_mentions, { parse: [] });
    assert.ok(title.length <= 256 && description.length <= 4096 && fields.length <= 25, name);
    assert.ok(fields.every((field: JsonObject) => String(field.value).length <= 1024 && field.value !== ""));
    const all = [title, description, footer.text, ...fields.flatMap(Object.values)].join("");
    assert.ok(all.length <= 6000, name);
    assert.equal(http.requests[0]!.url, "https://discord.com/api/webhooks/1/token?wait=true");
  }
});

Deno.test("pagerduty: keys that differ past 255 characters stay different, and short ones as they are", async () => {
  const kind = channelKind("pagerduty")!;
  const channel = channelOf(kind.validate({ integration_key: "k".repeat(32) }));
  const keyOf = async (dedup_key: string) => {
    const http = capturingHttp();
    const alert = { ...vectorAlert("firing"), dedup_key };
    await kind.send(
      { kind: "alert", alert },
      channel,
      attemptContext(new VirtualClock(), { http: http.port }),
    );
    return JSON.parse(new TextDecoder().decode(http.requests[0]!.body)).dedup_key as string;
  };
  const long = "k".repeat(300);
  const keys = [await keyOf(long), await keyOf(long + "2")];
  assert.notEqual(keys[0], keys[1]);
  assert.ok(keys.every((key) => [...key].length <= 255));
  assert.equal(await keyOf("k".repeat(255)), "k".repeat(255));
});
