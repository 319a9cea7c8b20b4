/**
 * A million logins from a hundred thousand addresses, some of which try passwords: five failed within a minute,
 * then a success. Every alert is held against plain code.
 */
import assert from "node:assert/strict";
import { systemClock as clock } from "../../src/base/clock.ts";
import { allItems } from "./all_items.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const EVENTS = 1_000_000;
const EVENTS_PER_REQUEST = 100_000;
const ADDRESSES = 100_000;
/** They make half of the logins. */
const ATTACKERS = 500;
const FAILED = 5;
const WITHIN_MS = 60_000;
const APPLIED_MS_MAX = 120_000;
const TIME_FIRST = Date.UTC(2026, 0, 1);

const RULE = {
  rule_id: "brute-force",
  rule_name: "Brute force",
  trigger_type: "pattern",
  trigger_spec: {
    topics: ["logins"],
    group_by: ["address"],
    pattern: {
      steps: [
        { name: "failed", conditions: [{ field: "outcome", op: "==", value: "failed" }], times: FAILED },
        { name: "success", conditions: [{ field: "outcome", op: "==", value: "success" }] },
      ],
      within: "60s",
    },
  },
  limits: { alerts_per_minute: null },
};

interface Login {
  timestamp: number;
  address: string;
  outcome: "failed" | "success" | "logout";
}

interface AlertItem {
  key: { address: string };
  reason: string;
  events: { offset: number }[];
  match: Record<string, { offset: number }[]>;
}

Deno.test("a million logins of 100,000 addresses: failed ones, then a success, as plain code finds them", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  await server.call("POST", "/api/v1/rules", RULE);
  const start = clock.monotonic();
  const naive = new NaiveWatch();
  for (let from = 0; from < EVENTS; from += EVENTS_PER_REQUEST) {
    const first = await post(server, from);
    for (let i = 0; i < EVENTS_PER_REQUEST; i++) naive.take(first + i, login(from + i));
  }
  await server.applied(APPLIED_MS_MAX);
  const seconds = (clock.monotonic() - start) / 1000;
  const alerts = await allItems<AlertItem>(server, "/api/v1/alerts");
  assert.ok(naive.found.length > 1000, `${naive.found.length} are enough to tell`);
  const told = alerts.map(({ key, events }) =>
    [key.address, ...events.map(({ offset }) => offset)].join(" ")
  );
  assert.deepEqual(told.sort(), naive.found.sort());
  assert.ok(
    alerts.every(({ reason, match }) =>
      reason === "pattern" && match.failed?.length === FAILED && match.success?.length === 1
    ),
  );
  console.log(`${EVENTS} logins and ${alerts.length} alerts in ${seconds.toFixed(1)} s, oracle included`);
});

/** The login of number `i`, the same at each call. */
function login(i: number): Login {
  const a = mixed(i + 1, 2654435761);
  const b = mixed(i + 7, 668265261);
  const attacks = a % 2 === 0;
  const address = attacks ? (a >>> 1) % ATTACKERS : ATTACKERS + (a >>> 1) % (ADDRESSES - ATTACKERS);
  const outcome = b % 10 === 0
    ? "success"
    : b % 10 === 1
    ? "logout"
    : attacks || b % 10 < 4
    ? "failed"
    : "success";
  return {
    timestamp: TIME_FIRST + 2 * i,
    address: `10.${address >>> 16}.${(address >>> 8) % 256}.${address % 256}`,
    outcome,
  };
}

function mixed(i: number, multiplier: number): number {
  let x = Math.imul(i, multiplier) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 2246822519) >>> 0;
  return (x ^ (x >>> 13)) >>> 0;
}

/** As anybody would write it by hand: of each address the failed logins since it was told last. */
class NaiveWatch {
  /** Address, then the offsets of what was found. */
  readonly found: string[] = [];
  readonly #failed = new Map<string, { offset: number; timestamp: number }[]>();

  take(offset: number, { timestamp, address, outcome }: Login): void {
    const failed = this.#failed.get(address) ?? [];
    if (outcome === "failed") this.#failed.set(address, [...failed, { offset, timestamp }]);
    if (outcome !== "success") return;
    const recent = failed.filter((one) => timestamp - one.timestamp < WITHIN_MS);
    if (recent.length < FAILED) return void this.#failed.set(address, recent);
    this.found.push([address, ...recent.slice(0, FAILED).map((one) => one.offset), offset].join(" "));
    this.#failed.delete(address);
  }
}

/** Posts the events from number `from` on; answers the offset of the first. */
async function post(server: ServerProcess, from: number): Promise<number> {
  const lines = Array.from({ length: EVENTS_PER_REQUEST }, (_, i) => JSON.stringify(login(from + i)));
  const answer = await fetch(`${await server.origin}/api/v1/events?topic=logins`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  const text = await answer.text();
  assert.equal(answer.status, 202, text);
  const { accepted, first_offset }: { accepted: number; first_offset: number } = JSON.parse(text);
  assert.equal(accepted, EVENTS_PER_REQUEST);
  return first_offset;
}
