/**
 * Channels over the real client to servers on loopback that answer as providers do, and as they should not:
 * each by its `base_url`, through the egress guard.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { channelKind, type SendResult } from "../../src/channel/mod.ts";
import { createHttpClient } from "../../src/notify/http_client.ts";
import { alertOf, attemptContext, channelOf } from "../channel/channel_fixture.ts";
import { close, loopbackGuard, rawReceiver, readRequest, receiver, write } from "./receivers.ts";

/** How a provider says yes, and what the config of its channel needs. */
interface Provider {
  config: JsonObject;
  path: string;
  yes: [number, string];
  /** What a connection that ends without an answer is. */
  lost: string;
  /** What a page of some proxy with status 200 is. */
  garbage: string;
}

const PROVIDERS: Record<string, Provider> = {
  slack: {
    config: { webhook_url: "https://hooks.slack.com/services/T0/B0/s3cret" },
    path: "/services/T0/B0/s3cret",
    yes: [200, "ok"],
    lost: "transient",
    garbage: "unknown",
  },
  discord: {
    config: { webhook_url: "https://discord.com/api/webhooks/1/s3cret" },
    path: "/api/webhooks/1/s3cret?wait=true",
    yes: [200, '{"id":"1"}'],
    lost: "transient",
    garbage: "delivered",
  },
  pagerduty: {
    config: { integration_key: "s3cret".repeat(5) },
    path: "/v2/enqueue",
    yes: [202, '{"status":"success"}'],
    lost: "transient",
    garbage: "delivered",
  },
  sms: {
    config: {
      account_sid: "AC1",
      auth_token: "s3cret-token",
      from_number: "+15005550006",
      recipients: ["+821012345678"],
    },
    path: "/2010-04-01/Accounts/AC1/Messages.json",
    yes: [201, '{"sid":"SM1","status":"queued","error_code":null}'],
    lost: "unknown",
    garbage: "delivered",
  },
};

async function sendTo(type: string, port: number, deadlineMs = 10_000): Promise<SendResult> {
  const client = createHttpClient({ egress: loopbackGuard(), clock: systemClock, deadlineMs });
  try {
    const kind = channelKind(type)!;
    const config = kind.validate({ ...PROVIDERS[type]!.config, base_url: `http://127.0.0.1:${port}` });
    const context = attemptContext(systemClock, { http: client });
    return await kind.send({ kind: "alert", alert: alertOf() }, channelOf(config, { type }), context);
  } finally {
    client.close();
  }
}

for (const [type, { path, yes, lost, garbage }] of Object.entries(PROVIDERS)) {
  Deno.test(`${type}: the provider's yes is delivered, to its path at base_url, with status and body`, async () => {
    const paths: string[] = [];
    await using server = rawReceiver(async (connection) => {
      paths.push(/^\S+ (\S+)/.exec(await readRequest(connection))?.[1] ?? "");
      await write(connection, response(...yes));
      close(connection);
    });
    const result = await sendTo(type, server.port);
    assert.deepEqual([result.class, result.status, result.response_body], ["delivered", ...yes]);
    assert.deepEqual(paths, [path]);
  });

  Deno.test(`${type}: 429 with Retry-After defers for as long`, async () => {
    const headers = { "retry-after": "17" };
    await using server = receiver(() => new Response("rate_limited", { status: 429, headers }));
    const result = await sendTo(type, server.port);
    assert.deepEqual([result.class, result.retry_after_ms], ["deferred", 17_000]);
  });

  Deno.test(`${type}: a 5xx page is transient, a page with 200 is ${garbage}`, async () => {
    await using server = receiver((_, n) =>
      new Response("<html>proxy</html>", { status: n === 1 ? 502 : 200 })
    );
    assert.equal((await sendTo(type, server.port)).class, "transient");
    assert.equal((await sendTo(type, server.port)).class, garbage);
  });

  Deno.test(`${type}: a connection that closes without an answer is ${lost}`, async () => {
    await using server = rawReceiver(async (connection) => {
      await readRequest(connection);
      close(connection);
    });
    assert.equal((await sendTo(type, server.port)).class, lost);
  });

  Deno.test(`${type}: one that hangs is given up at the deadline, and is ${lost}`, async () => {
    await using server = rawReceiver(async (connection) => {
      await readRequest(connection);
    });
    const result = await sendTo(type, server.port, 200);
    assert.deepEqual([result.class, result.reason], [lost, "timeout"]);
  });

  Deno.test(`${type}: a body that drips past the deadline does not undo a refusal`, async () => {
    await using server = rawReceiver(async (connection) => {
      await readRequest(connection);
      await write(connection, "HTTP/1.1 403 Forbidden\r\nContent-Length: 500\r\n\r\ndrip");
    });
    const result = await sendTo(type, server.port, 300);
    assert.deepEqual([result.class, result.scope, result.status], ["permanent", "channel", 403]);
  });

  Deno.test(`${type}: nobody listening is transient; no failure shows the secret`, async () => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr;
    listener.close();
    const refused = await sendTo(type, port);
    assert.equal(refused.class, "transient");
    await using echo = receiver(({ body }) => new Response(`${path} ${body}`, { status: 401 }));
    const echoed = await sendTo(type, echo.port);
    assert.deepEqual([echoed.class, echoed.scope], ["permanent", "channel"]);
    for (const result of [refused, echoed]) assert.doesNotMatch(JSON.stringify(result), /s3cret/);
  });
}

function response(status: number, body: string): string {
  return `HTTP/1.1 ${status} Yes\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
