/** A million events as NDJSON under a hundred rules: every alert and every count, held against plain code. */
import assert from "node:assert/strict";
import { systemClock as clock } from "../../src/base/clock.ts";
import { allItems } from "./all_items.ts";
import { type MillionEvent, millionEvent, millionRules, type TwiceWritten } from "./million_rules.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const EVENTS = 1_000_000;
const EVENTS_PER_REQUEST = 100_000;
const LINES_PER_CHUNK = 500;
const APPLIED_MS_MAX = 60_000;

interface AlertItem {
  alert_id: string;
  rule_id: string;
  events: { offset: number }[];
}

interface Receipt {
  accepted: number;
  first_offset: number;
  last_offset: number;
}

Deno.test("a million events as NDJSON, a hundred rules: every alert, and counts as of plain code", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const rules = millionRules();
  for (const { document } of rules) await server.call("POST", "/api/v1/rules", document);
  const start = clock.monotonic();
  const naive = rules.map((rule) => new NaiveRule(rule));
  for (let from = 0; from < EVENTS; from += EVENTS_PER_REQUEST) {
    const first = await post(server, from);
    for (let i = 0; i < EVENTS_PER_REQUEST; i++) {
      const event = millionEvent(from + i);
      for (const rule of naive) rule.take(first + i, event);
    }
  }
  await server.applied(APPLIED_MS_MAX);
  const seconds = (clock.monotonic() - start) / 1000;
  const alerts = await allItems<AlertItem>(server, "/api/v1/alerts");
  for (const [k, rule] of naive.entries()) {
    const { counters } = await server.call<{ counters: object }>("GET", `/api/v1/rules/rule-${k}/state`);
    assert.deepEqual(counters, rule.counters(), `counters of rule ${k}`);
    assert.ok(rule.alerts.length > 0, `rule ${k} matched something`);
    const offsets = alerts.filter(({ rule_id }) => rule_id === `rule-${k}`).map((a) => a.events[0]!.offset);
    assert.deepEqual(offsets.sort((a, b) => a - b), rule.alerts, `alerts of rule ${k}`);
  }
  assert.equal(new Set(alerts.map(({ alert_id }) => alert_id)).size, alerts.length, "alert ids are unique");
  console.log(`${EVENTS} events and ${alerts.length} alerts in ${seconds.toFixed(1)} s, oracle included`);
});

/** Posts the events from number `from` on; answers the offset of the first. */
async function post(server: ServerProcess, from: number): Promise<number> {
  const answer = await fetch(`${await server.origin}/api/v1/events?topic=million`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: ReadableStream.from(chunks(from)).pipeThrough(new TextEncoderStream()),
  });
  const text = await answer.text();
  assert.equal(answer.status, 202, text);
  const { accepted, first_offset, last_offset }: Receipt = JSON.parse(text);
  assert.equal(accepted, EVENTS_PER_REQUEST);
  assert.equal(last_offset - first_offset + 1, accepted, "nobody else posts");
  return first_offset;
}

function* chunks(from: number): Generator<string> {
  for (let at = from; at < from + EVENTS_PER_REQUEST; at += LINES_PER_CHUNK) {
    let text = "";
    for (let i = at; i < at + LINES_PER_CHUNK; i++) text += JSON.stringify(millionEvent(i)) + "\n";
    yield text;
  }
}

/** A rule as anybody would write it by hand. */
class NaiveRule {
  readonly alerts: number[] = [];
  readonly #rule: TwiceWritten;
  readonly #quietUntil = new Map<string, number>();
  #matched = 0;

  constructor(rule: TwiceWritten) {
    this.#rule = rule;
  }

  take(offset: number, event: MillionEvent): void {
    if (!this.#rule.matches(event)) return;
    this.#matched++;
    const { cooldownMs } = this.#rule;
    if (cooldownMs > 0) {
      if (event.timestamp < (this.#quietUntil.get(event.host) ?? -Infinity)) return;
      this.#quietUntil.set(event.host, event.timestamp + cooldownMs);
    }
    this.alerts.push(offset);
  }

  counters(): Record<string, number> {
    const counters: Record<string, number> = { matched: this.#matched, alerts: this.alerts.length };
    if (this.#rule.cooldownMs > 0) counters["in_cooldown"] = this.#matched - this.alerts.length;
    return counters;
  }
}
