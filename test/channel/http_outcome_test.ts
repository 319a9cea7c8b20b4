/** Which outcome an HTTP answer or failure is for each channel, by the rows of delivery/retry_http.json. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { channelKind, type HttpFailure, type HttpResult, type SendResult } from "../../src/channel/mod.ts";
import { verdictOfMessage } from "../../src/channel/_twilio_outcome.ts";
import { decideNext } from "../../src/notify/backoff.ts";
import { vectors } from "../vector_rows.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { alertOf, attemptContext, capturingHttp, channelOf } from "./channel_fixture.ts";

interface Row {
  id: string;
  channel: string;
  when: {
    status?: number;
    body?: string | JsonObject;
    headers?: Record<string, string>;
    error?: string;
    callback?: { MessageStatus: string; ErrorCode?: string };
  };
  class: string;
  reason?: string;
  retry_after_s?: number;
  max_more?: number;
}

const { cases } = vectors<{ cases: Row[] }>("delivery/retry_http.json");

/** The vectors' names of channels as ours, with a config. */
const CHANNELS: Record<string, { type: string; config: JsonObject }> = {
  webhook: { type: "webhook", config: { url: "https://hooks.example.com/in" } },
  slack: { type: "slack", config: { webhook_url: "https://hooks.slack.com/services/T0/B0/x" } },
  twilio_sms: {
    type: "sms",
    config: {
      account_sid: "AC1",
      auth_token: "t0ken",
      from_number: "+15005550006",
      recipients: ["+821012345678"],
    },
  },
  pagerduty: { type: "pagerduty", config: { integration_key: "k".repeat(32) } },
};

const requests = cases.filter(({ channel, when }) => channel in CHANNELS && when.callback === undefined);

for (const row of requests) {
  Deno.test(`outcome ${row.id}: ${JSON.stringify(row.when)} is ${row.class}`, async () => {
    const result = await resultOf(row);
    const [wanted, scope] = row.class.split("_");
    assert.equal(result.class, wanted);
    assert.equal(result.scope, scope ?? null);
    // In rows about Retry-After the reason names the topic; a rendering fault has our own code.
    if (row.reason !== "retry_after" && row.reason !== "template") {
      assert.equal(result.reason, row.reason ?? null);
    }
    if (row.retry_after_s !== undefined) assert.equal(waitOf(result), row.retry_after_s * 1000);
    assert.equal(result.error === null, result.class === "delivered");
  });
}

for (const { id, when: { callback }, ...row } of cases.filter(({ when }) => when.callback !== undefined)) {
  Deno.test(`outcome ${id}: a message that is ${callback!.MessageStatus} later is ${row.class}`, () => {
    const { ErrorCode } = callback!;
    const verdict = verdictOfMessage(
      callback!.MessageStatus,
      ErrorCode === undefined ? null : Number(ErrorCode),
    );
    const [wanted, scope] = row.class.split("_");
    assert.deepEqual(
      [verdict.class, verdict.scope, verdict.reason, verdict.retries_max],
      [wanted, scope ?? null, row.reason ?? null, row.max_more],
    );
  });
}

function waitOf(result: SendResult): number | null {
  const delivery = { retries: 0, expires_at: 1e9 };
  return decideNext({ ...result, afterUnknown: "repeat" }, { delivery, now: 0, rng: { next: () => 0 } })
    .next_attempt_at;
}

async function resultOf(row: Row): Promise<SendResult> {
  const { port } = capturingHttp(httpResultOf(row));
  const alert = alertOf();
  if (row.when.error === "template_error") Object.assign(alert, { metadata: { unprintable: 1n } });
  const { type, config } = CHANNELS[row.channel]!;
  const kind = channelKind(type)!;
  const context = attemptContext(new VirtualClock(Date.parse("2026-03-01T12:00:00Z")), { http: port });
  return await kind.send({ kind: "alert", alert }, channelOf(kind.validate(config)), context);
}

function httpResultOf({ when }: Row): HttpResult {
  const { body = "", headers = {} } = when;
  const answer = {
    kind: "answer",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  } as const;
  if (when.status !== undefined) return { ...answer, status: when.status, body_end: "complete" };
  if (when.error === "answer_too_large") return { ...answer, status: 200, body_end: "cut" };
  if (when.error === "answer_body_broken_after_200") return { ...answer, status: 200, body_end: "broken" };
  const code = when.error === "network" ? "network_unreachable" : when.error as HttpFailure;
  return { kind: "failed", code, message: "Cannot deliver: it failed" };
}
