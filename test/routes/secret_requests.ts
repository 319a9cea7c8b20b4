/** What tests of secrets share: a value, rules that send it, and what the API shows of all that. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Api } from "./api.ts";

export const VALUE = 'hush "hush" & hush';

export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

export async function put(api: Api, name: string, members: JsonObject = {}): Promise<JsonObject> {
  const made = await api.send("PUT", `/secrets/${name}`, { value: VALUE, ...members });
  assert.ok(made.status < 300, made.text);
  return made.body;
}

/** A rule whose action is a request, on events of topic "t". */
export function asking(action: JsonObject): JsonObject {
  return {
    ...{ rule_id: "r", rule_name: "r", trigger_type: "event" },
    trigger_spec: { topics: ["t"], conditions: [] },
    action_spec: { method: "POST", ...action },
  };
}

export async function save(api: Api, rule: JsonObject): Promise<void> {
  const made = await api.send("POST", "/rules", rule);
  assert.equal(made.status, 201, made.text);
}

/** Sends an event and answers the delivery of the action, when it is over. */
export async function delivered(api: Api, event: JsonObject = {}): Promise<JsonObject> {
  await api.send("POST", "/events?topic=t", event);
  const over = ["delivered", "dead"];
  let found: JsonObject[] = [];
  await until(async () => {
    found = (await api.send("GET", "/deliveries?rule_id=r")).body.items;
    return found.length > 0 && found.every(({ state }) => over.includes(state as string));
  });
  return found[0]!;
}

/** Everything that the API shows of rules, deliveries, runs, definitions, secrets and figures, and the log. */
export async function shown(api: Api): Promise<string> {
  const paths = [
    "/rules",
    "/deliveries",
    "/exec-logs",
    "/apis",
    "/secrets",
    "/lookups",
    "/alerts",
    "/events",
  ];
  const texts = await Promise.all(paths.map(async (path) => (await api.send("GET", path)).text));
  const logs = (await api.send("GET", "/rules/r/exec-logs")).text;
  return [...texts, logs, (await api.send("GET", "//metrics")).text, ...api.logged].join("\n");
}

export async function showsNothing(api: Api, value = "hush"): Promise<void> {
  const text = await shown(api);
  assert.ok(!text.includes(value), "no value is shown");
  assert.ok(!text.includes("tocsin-secret-"), "no mark is shown");
}
