/** A disk that is full refuses what is new, keeps what was accepted, and costs the server nothing else. */
import assert from "node:assert/strict";
import { isMissing } from "../../tools/test_requirements.ts";
import { allItems } from "./all_items.ts";
import { type ServerAnswer, type ServerProcess, startServer } from "./server_process.ts";
import { fillDisk, freeDisk, onSmallDisk } from "./small_disk.ts";
import { temporaryDirectory } from "./temporary_directory.ts";
import { openWebhookReceiver } from "./webhook_receiver.ts";

const SECRET = `whsec_${btoa("a secret of thirty-two bytes....")}`;
/** The ballast takes half of it. */
const DISK_MIB = 64;
const EVENTS_PER_POST = 100;
const EVENT_PADDING = "x".repeat(10_000);
const POSTS_MAX = 100;
const DELIVERED_MS_MAX = 20_000;
/** What Retry-After says. */
const AGAIN_MS_MAX = 30_000;

interface LoggedEvent {
  offset: number;
  event: { n: number };
}

/** Posts numbered events, and knows which were accepted. */
class Poster {
  readonly accepted: number[] = [];
  readonly #server: ServerProcess;
  #sent = 0;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  async post(count: number): Promise<ServerAnswer> {
    const events = Array.from({ length: count }, () => ({ n: this.#sent++, padding: EVENT_PADDING }));
    const answer = await this.#server.ask("POST", "/api/v1/events?topic=disk", events);
    if (answer.status === 202) this.accepted.push(...events.map(({ n }) => n));
    return answer;
  }

  /** Posts until that many answers in a row are refusals; answers the last of them. */
  async untilRefused(times: number, beforeEach: () => Promise<void>): Promise<ServerAnswer> {
    let refused = 0;
    for (let i = 0; i < POSTS_MAX; i++) {
      await beforeEach();
      const answer = await this.post(EVENTS_PER_POST);
      refused = answer.status === 202 ? 0 : refused + 1;
      if (refused === times) return answer;
    }
    throw new Error(`Cannot fill the disk: ${POSTS_MAX} requests were accepted`);
  }
}

Deno.test({
  name: "full disk: 507, the server lives and answers, and with space again nothing accepted was lost",
  ignore: isMissing("small_disk"),
  async fn() {
    using data = temporaryDirectory();
    await using receiver = openWebhookReceiver({ secret: SECRET });
    await using server = await startServer({ data: data.path, wrap: onSmallDisk(data.path, DISK_MIB) });
    await saveRule(server, receiver.url);
    const poster = new Poster(server);
    await poster.post(EVENTS_PER_POST);
    // The first refusal gives the ballast's space to the server, so the disk is filled again each time.
    const refusal = await poster.untilRefused(3, () => fillDisk(server, data.path));
    assertRefused(refusal);
    assert.ok(server.lines.some(({ message }) => message.includes("ballast dropped")), server.report());
    await assertAlive(server);
    await assertLog(server, poster);

    await freeDisk(server, data.path);
    await server.until("accepting again", async () => (await poster.post(1)).status === 202, AGAIN_MS_MAX);
    await assertLog(server, poster);
    await server.applied();
    const { counters } = await server.call<{ counters: object }>("GET", "/api/v1/rules/disk/state");
    assert.deepEqual(counters, { matched: poster.accepted.length, alerts: poster.accepted.length });
    const alerts = await allItems<{ alert_id: string }>(server, "/api/v1/alerts");
    assert.equal(alerts.length, poster.accepted.length);
    await server.until("delivered", () => receiver.alerts.size === alerts.length, DELIVERED_MS_MAX);
    assert.equal((await server.stop()).code, 0);
  },
});

async function saveRule(server: ServerProcess, url: string): Promise<void> {
  const config = { url, secret: SECRET };
  await server.call("POST", "/api/v1/channels", { name: "receiver", type: "webhook", config });
  await server.call("POST", "/api/v1/rules", {
    rule_id: "disk",
    rule_name: "every event",
    trigger_type: "event",
    trigger_spec: { topics: ["disk"], conditions: [] },
    limits: { alerts_per_minute: null },
    action_spec: { type: "notify", channels: ["receiver"] },
  });
}

function assertRefused({ status, headers, text }: ServerAnswer): void {
  assert.equal(status, 507, text);
  assert.equal(headers.get("content-type"), "application/problem+json");
  assert.ok(Number(headers.get("retry-after")) > 0);
  assert.equal(JSON.parse(text).code, "disk_full");
}

async function assertAlive(server: ServerProcess): Promise<void> {
  for (const path of ["/healthz", "/readyz", "/metrics", "/api/v1/rules/disk/state", "/api/v1/deliveries"]) {
    assert.equal((await server.ask("GET", path)).status, 200, path);
  }
  assertRefused(await saveRulesUntilRefused(server));
}

/** Small writes may still find room within the file. */
async function saveRulesUntilRefused(server: ServerProcess): Promise<ServerAnswer> {
  const rule = {
    rule_name: "new",
    trigger_type: "event",
    trigger_spec: { topics: ["other"], conditions: [] },
    is_active: false,
    description: EVENT_PADDING,
  };
  for (let i = 0; i < POSTS_MAX; i++) {
    const saved = await server.ask("POST", "/api/v1/rules", rule);
    if (saved.status !== 201) return saved;
  }
  throw new Error(`Cannot fill the disk: ${POSTS_MAX} rules were saved`);
}

async function assertLog(server: ServerProcess, { accepted }: Poster): Promise<void> {
  const log = await allItems<LoggedEvent>(server, "/api/v1/events?topic=disk");
  assert.deepEqual(log.map(({ event }) => event.n), accepted, "the log holds what was accepted, in order");
}
