/** Rules brought to life before the clock of a case starts, and asked one by one how far they are. */
import { type Clock, sleep } from "../src/base/clock.ts";
import type { JsonObject } from "../src/base/json.ts";
import { APPLIED_MS_MAX, type TestedServer } from "./tested_server.ts";

const RULE_POLL_MS = 20;
const REQUESTS_AT_ONCE = 16;

/** Saves rules, several at a time, and waits until each of them runs; answers their ids. */
export async function saveRules(
  clock: Clock,
  server: TestedServer,
  documents: readonly JsonObject[],
): Promise<string[]> {
  const ids: string[] = [];
  await severalAtOnce(documents, async (document) => {
    ids.push(String((await server.call("POST", "/api/v1/rules", document))["rule_id"]));
  });
  await untilRunning(clock, server, ids);
  return ids;
}

/**
 * Resolves when every rule of `ids` runs and has applied all that is in the log now. Each is asked by
 * itself: the metric behind `applied` speaks of running rules only.
 * @throws Error naming a rule that does not get there
 */
export async function untilRunning(
  clock: Clock,
  server: TestedServer,
  ids: readonly string[],
): Promise<void> {
  const end = await server.metric("tocsin_log_next_offset");
  const deadline = clock.monotonic() + APPLIED_MS_MAX;
  await severalAtOnce(ids, async (id) => {
    for (;;) {
      const { applied, status } = await server.call("GET", `/api/v1/rules/${id}/state`);
      if (status === "running" && Number(applied) >= end) return;
      if (clock.monotonic() > deadline) {
        throw new Error(
          `rule ${id} is ${status} at ${applied} after ${APPLIED_MS_MAX} ms, and the log is at ${end}`,
        );
      }
      await sleep(clock, RULE_POLL_MS);
    }
  });
}

async function severalAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const one = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, one));
}
