/** What tests of channels share: an alert, a stored channel, and an HTTP port that keeps what it was given. */
import type { Clock } from "../../src/base/clock.ts";
import { randomId } from "../../src/base/ids.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { AttemptContext, HttpPort, HttpRequest, HttpResult } from "../../src/channel/mod.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Channel } from "../../src/model/channel.ts";

/** An alert that fires, with `members` in place of its own. */
export function alertOf(members: Partial<Alert> = {}): Alert {
  return {
    alert_id: "alert_1",
    rule_id: "cpu-over-90",
    rule_name: "cpu-over-90",
    rule_version: 1,
    severity: "critical",
    status: "firing",
    reason: "match",
    key: { host: "web-1" },
    event_time: "2026-03-01T12:00:00.000Z",
    fired_at: "2026-03-01T12:00:00.000Z",
    resolved_at: null,
    window: null,
    values: {},
    match: null,
    events: [],
    event_count: 1,
    title: "High CPU",
    message: "CPU at 97.5 %",
    labels: { alertname: "cpu-over-90", rule_id: "cpu-over-90", severity: "critical", host: "web-1" },
    dedup_key: "high-cpu:web-1",
    metadata: {},
    revision: 1,
    degraded: false,
    ack: false,
    ack_at: null,
    ack_by: null,
    ...members,
  };
}

export function channelOf(config: JsonObject, members: Partial<Channel> = {}): Channel {
  return {
    channel_id: randomId(),
    name: "ops",
    type: "webhook",
    config,
    enabled: true,
    policy: {},
    version: 1,
    created_at: "2026-03-01T12:00:00.000Z",
    updated_at: "2026-03-01T12:00:00.000Z",
    last_test: null,
    ...members,
  };
}

/** Answers every request with `result` and keeps the requests. */
export function capturingHttp(
  result: HttpResult = { kind: "answer", status: 200, headers: {}, body: "ok", body_end: "complete" },
): { port: HttpPort; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  return {
    requests,
    port: {
      send(request) {
        requests.push(request);
        return Promise.resolve(result);
      },
    },
  };
}

/** The context of an attempt whose ports fail the test where they are not given. */
export function attemptContext(clock: Clock, parts: Partial<AttemptContext> = {}): AttemptContext {
  return {
    deliveryId: "dlv_1-a",
    clock,
    http: { send: () => Promise.reject(new Error("this channel should send nothing over HTTP")) },
    mail: { send: () => Promise.reject(new Error("this channel should send no mail")) },
    signal: new AbortController().signal,
    settled: {},
    ...parts,
  };
}
