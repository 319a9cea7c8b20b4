/** Nouns for the tests of stores, with only what a test cares about spelled out. */
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Channel } from "../../src/model/channel.ts";
import type { Attempt, Delivery } from "../../src/model/delivery.ts";
import type { Secret } from "../../src/model/secret.ts";
import type { EffectFrame } from "../../src/store/effect_store.ts";
import type { NewRecord, PendingReply, ReadLimit } from "../../src/store/event_log.ts";
import type { AttemptOutcome } from "../../src/store/outbox.ts";
import type { RuleVersionDraft } from "../../src/store/rule_store.ts";

export const T0 = 1_700_000_000_000;

export const NO_LIMIT: ReadLimit = { records: 1_000_000, bytes: Number.MAX_SAFE_INTEGER };

/** A record of `count` events whose bodies tell them apart. */
export function events(
  options: { topic?: string; count?: number; arrival?: number; size?: number } = {},
): NewRecord {
  const { topic = "default", count = 1, arrival = T0, size = 0 } = options;
  const lines = [0];
  let text = "";
  for (let i = 0; i < count; i++) {
    text += `{"i":${i},"pad":"${"x".repeat(size)}"}\n`;
    lines.push(text.length);
  }
  const body = new TextEncoder().encode(text.slice(0, -1));
  return { kind: "events", topic, count, arrival, body, lines: new Uint32Array(lines) };
}

/** A record of another kind: one JSON document. */
export function document(kind: "tick" | "rule" | "lookup" | "command", arrival = T0): NewRecord {
  const body = new TextEncoder().encode(`{"kind":"${kind}"}`);
  return { kind, topic: "", count: 1, arrival, body, lines: new Uint32Array([0, body.length + 1]) };
}

export function pendingReply(key: string, createdAt = T0): PendingReply {
  const body = (firsts: readonly number[]) => JSON.stringify({ firsts });
  return { key, request: "sha-" + key, status: 202, body, created_at: createdAt };
}

export function ruleDraft(ruleId: string, overrides: Partial<RuleVersionDraft> = {}): RuleVersionDraft {
  const doc: JsonObject = { rule_id: ruleId, rule_name: `Rule ${ruleId}`, trigger_type: "event" };
  return {
    ...{ rule_id: ruleId, version: 1, generation: 1, change: "created", active: true, doc },
    ...{ created_at: T0, updated_at: T0 },
    ...overrides,
  };
}

export function alert(alertId: string, overrides: Partial<Alert> & { firedAt?: number } = {}): Alert {
  const { firedAt = T0, ...rest } = overrides;
  return {
    ...{ alert_id: alertId, rule_id: "r1", rule_name: "Rule r1", rule_version: 1, severity: "error" },
    ...{ status: "firing", reason: "match", key: { host: "a" }, event_time: instant(T0) },
    ...{ fired_at: instant(firedAt), resolved_at: null, window: null, values: { n: 1 }, match: null },
    ...{ events: [], event_count: 0, title: "title", message: "", labels: {}, dedup_key: alertId },
    ...{ metadata: {}, revision: 1, degraded: false, ack: false, ack_at: null, ack_by: null },
    ...rest,
  };
}

export function delivery(deliveryId: string, overrides: Partial<Delivery> = {}): Delivery {
  return {
    ...{ delivery_id: deliveryId, alert_id: "a-" + deliveryId, rule_id: "r1", channel_id: "c1" },
    ...{
      revision: 1,
      kind: "channel",
      state: "queued",
      retries: 0,
      created_at: T0,
      expires_at: T0 + 86_400_000,
    },
    ...{ next_attempt_at: null, reason: null },
    ...overrides,
  };
}

/** A frame of rule r1 from one offset to another. */
export function frame(from: number, to: number, overrides: Partial<EffectFrame> = {}): EffectFrame {
  const position = (offset: number) => ({ offset, effects: 0 });
  return {
    ...{ rule_id: "r1", incarnation: 1, from: position(from), to: position(to), counters: {}, alerts: [] },
    ...overrides,
  };
}

export function attempt(overrides: Partial<Attempt> = {}): Attempt {
  return {
    ...{ at: T0, duration_ms: 1.5, status: 200, class: "delivered", error: null, response_body: "ok" },
    ...overrides,
  };
}

export function outcome(deliveryId: string, overrides: Partial<AttemptOutcome> = {}): AttemptOutcome {
  return {
    ...{ delivery_id: deliveryId, attempt: attempt(), state: "delivered", retries: 0 },
    ...{ next_attempt_at: null, reason: null },
    ...overrides,
  };
}

export function channel(channelId: string, overrides: Partial<Channel> = {}): Channel {
  return {
    ...{ channel_id: channelId, name: `Channel ${channelId}`, type: "webhook", config: {}, enabled: true },
    ...{ policy: {}, version: 1, created_at: instant(T0), updated_at: instant(T0), last_test: null },
    ...overrides,
  };
}

export function secret(name: string, members: Partial<Secret> = {}): Secret {
  const at = "2026-01-01T00:00:00.000Z";
  return {
    ...{ name, value: `value of ${name}`, hosts: [], description: "", version: 1 },
    ...{ created_at: at, updated_at: at },
    ...members,
  };
}
