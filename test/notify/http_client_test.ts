/** The HTTP client against real receivers: good ones, and every way in which one can be bad. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { HttpAnswer, HttpFailure, HttpResult } from "../../src/channel/mod.ts";
import { RESPONSE_BODY_BYTES_MAX } from "../../src/model/delivery.ts";
import { Exchange } from "../../src/notify/_exchange.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";
import { createHttpClient, type HttpClient, REQUEST_BODY_BYTES_MAX } from "../../src/notify/http_client.ts";
import { vectors } from "../vector_rows.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { close, loopbackGuard, rawReceiver, readRequest, receiver, write } from "./receivers.ts";

interface Bench extends Disposable {
  client: HttpClient;
  clock: VirtualClock;
  post(url: string, options?: { body?: string; signal?: AbortSignal }): Promise<HttpResult>;
}

function bench(egress = loopbackGuard(), ca?: string): Bench {
  const clock = new VirtualClock();
  const client = createHttpClient({ egress, clock, ...(ca === undefined ? {} : { ca }) });
  return {
    client,
    clock,
    post: (url, { body = "{}", signal = new AbortController().signal } = {}) =>
      client.send({ method: "POST", url, headers: {}, body: new TextEncoder().encode(body), signal }),
    [Symbol.dispose]: () => client.close(),
  };
}

function answer(result: HttpResult): HttpAnswer {
  assert.ok(result.kind === "answer", JSON.stringify(result));
  return result;
}

function failure(result: HttpResult): HttpFailure {
  assert.ok(result.kind === "failed", JSON.stringify(result));
  return result.code;
}

Deno.test("http: sends the body and answers status, headers and text", async () => {
  await using server = receiver(() =>
    new Response("schön", { status: 201, headers: { "retry-after": "7" } })
  );
  using b = bench();
  const result = answer(await b.post(server.url, { body: '{"a":"ü"}' }));
  assert.equal(result.status, 201);
  assert.equal(result.body, "schön");
  assert.equal(result.body_end, "complete");
  assert.equal(result.headers["retry-after"], "7");
  assert.equal(server.received[0]!.body, '{"a":"ü"}');
  assert.equal(server.received[0]!.headers.get("host"), `127.0.0.1:${server.port}`);
  assert.match(server.received[0]!.headers.get("user-agent")!, /^Tocsin/);
});

Deno.test("http: a NUL in an answer is shown as a replacement, and hides nothing behind it", async () => {
  using one = bench();
  await using server = receiver(() => new Response("a\0b"));
  assert.equal(answer(await one.post(server.url)).body, "a\ufffdb");
});

Deno.test("http: the connection is kept and goes to the vetted address under the name's Host", async () => {
  let connections = 0;
  await using server = rawReceiver(async (connection) => {
    connections++;
    for (;;) {
      const request = await readRequest(connection);
      if (request === "") return close(connection);
      await write(
        connection,
        `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Host: ${/host: (\S+)/i.exec(request)?.[1]}\r\n\r\nyes`,
      );
    }
  });
  const asked: string[] = [];
  using b = bench(loopbackGuard((host) => {
    asked.push(host);
    return Promise.resolve(["127.0.0.1"]);
  }));
  const url = `http://hooks.example.com:${server.port}/in`;
  for (let i = 0; i < 3; i++) {
    const result = answer(await b.post(url));
    assert.equal(result.headers["x-host"], `hooks.example.com:${server.port}`);
  }
  assert.deepEqual(asked, ["hooks.example.com"]);
  assert.equal(connections, 1);
});

Deno.test("http: a kept connection that the receiver has closed is replaced, at no cost", async () => {
  await using server = rawReceiver(async (connection) => {
    await readRequest(connection);
    await write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await readRequest(connection);
    close(connection);
  });
  using b = bench();
  assert.equal(answer(await b.post(server.url)).status, 200);
  assert.equal(answer(await b.post(server.url)).status, 200);
});

Deno.test("http: a name that resolves inwards is refused when the connection is made", async () => {
  await using server = receiver();
  using b = bench(createEgressGuard({ resolver: () => Promise.resolve(["127.0.0.1"]) }));
  assert.equal(failure(await b.post(`http://rebind.example.com:${server.port}/`)), "ssrf_blocked");
  assert.equal(failure(await b.post(server.url)), "ssrf_blocked");
  assert.equal(failure(await b.post("file:///etc/passwd")), "ssrf_blocked");
  assert.equal(failure(await b.post("no url")), "bad_url");
  assert.equal(server.received.length, 0);
});

Deno.test("http: a second answer of the resolver changes nothing: what was vetted is connected", async () => {
  await using server = receiver();
  const answers = [["127.0.0.1"], ["10.0.0.1"]];
  using b = bench(loopbackGuard(() => Promise.resolve(answers.shift()!)));
  assert.equal(answer(await b.post(`http://rebind.example.com:${server.port}/`)).status, 200);
  assert.deepEqual(answers, [["10.0.0.1"]]);
});

Deno.test("http: names that do not resolve are told apart from those that cannot be resolved now", async () => {
  for (const [code, expected] of [["ENOTFOUND", "dns_not_found"], ["EAI_AGAIN", "dns_temporary"]] as const) {
    using b = bench(
      createEgressGuard({ resolver: () => Promise.reject(Object.assign(new Error(), { code })) }),
    );
    assert.equal(failure(await b.post("http://none.example.com/")), expected);
  }
  using empty = bench(createEgressGuard({ resolver: () => Promise.resolve([]) }));
  assert.equal(failure(await empty.post("http://none.example.com/")), "dns_not_found");
});

Deno.test("http: nobody listening is a refused connection", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  using b = bench();
  assert.equal(failure(await b.post(`http://127.0.0.1:${port}/`)), "connect_refused");
});

const { redirects } = vectors<{ redirects: { id: string; status: number; location: string | null }[] }>(
  "delivery/ssrf.json",
);
for (const row of redirects) {
  Deno.test(`http ${row.id}: a ${row.status} to ${row.location} is an answer, not followed`, async () => {
    const headers = row.location === null ? {} : { location: row.location };
    await using server = receiver(() => new Response(null, { status: row.status, headers }));
    using b = bench();
    assert.equal(answer(await b.post(server.url)).status, row.status);
    assert.equal(server.received.length, 1);
  });
}

/** What a receiver writes after the request, before it closes; and what becomes of it. */
const misbehaviours: [string, string, HttpFailure | number][] = [
  ["closes without an answer", "", "reset_after_send"],
  ["speaks SSH", "SSH-2.0-OpenSSH_9.6\r\n\r\n", "http_parse"],
  ["sends zero bytes", "\0\0\0\0\0\0", "http_parse"],
  ["sends endless headers", `HTTP/1.1 200 OK\r\nX: ${"y".repeat(200_000)}\r\n\r\n`, "http_parse"],
  ["closes within its status line", "HTTP/1.1 20", "reset_after_send"],
  ["closes within its body", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", 200],
  ["breaks its chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200],
  [
    "switches protocols",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    101,
  ],
  ["switches to nothing", "HTTP/1.1 101 Switching Protocols\r\n\r\n", 101],
  ["hints first", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n", 202],
  ["answers 999", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", 999],
];
for (const [what, text, expected] of misbehaviours) {
  Deno.test(`http: a receiver that ${what} is ${expected}`, async () => {
    await using server = rawReceiver(async (connection) => {
      await readRequest(connection);
      await write(connection, text);
      close(connection);
    });
    using b = bench();
    const result = await b.post(server.url);
    assert.equal(result.kind === "answer" ? result.status : result.code, expected);
  });
}

Deno.test("http: a receiver that never answers is given up at the deadline", async () => {
  const read = Promise.withResolvers<void>();
  await using server = rawReceiver(async (connection) => {
    await readRequest(connection);
    read.resolve();
  });
  using b = bench();
  const result = b.post(server.url);
  await read.promise;
  await b.clock.advance(9_999);
  assert.equal(b.clock.timers, 1);
  await b.clock.advance(1);
  assert.equal(failure(await result), "timeout_after_send");
  assert.equal(b.clock.timers, 0);
});

Deno.test("http: a body that drips past the deadline does not undo the status", async () => {
  await using server = rawReceiver(async (connection) => {
    await readRequest(connection);
    await write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ndrip");
  });
  const request = httpRequest(server.url, { method: "POST", agent: false });
  const exchange = new Exchange(request, new TextEncoder().encode("{}"));
  await once(request, "response");
  exchange.stop("deadline");
  const result = answer(await exchange.result);
  assert.equal(result.status, 200);
  assert.equal(result.body_end, "broken");
});

Deno.test("http: an endless answer is read up to its bound and then cut off", async () => {
  const cut = Promise.withResolvers<number>();
  await using server = rawReceiver(async (connection) => {
    await readRequest(connection);
    await write(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `4000\r\n${"é".repeat(0x2000)}\r\n`;
    let sent = 0;
    try {
      for (; sent < 1000; sent++) await write(connection, chunk);
    } catch {
      // The connection was closed in our face, as it should be.
    }
    cut.resolve(sent);
  });
  using b = bench();
  const result = answer(await b.post(server.url));
  assert.equal(result.body_end, "cut");
  assert.equal(new TextEncoder().encode(result.body).length, RESPONSE_BODY_BYTES_MAX);
  assert.ok(await cut.promise < 1000);
});

Deno.test("http: an answer that is no UTF-8 stays within the bound", async () => {
  await using server = receiver(() => new Response(new Uint8Array(30_000).fill(0xff)));
  using b = bench();
  const result = answer(await b.post(server.url));
  assert.ok(new TextEncoder().encode(result.body).length <= RESPONSE_BODY_BYTES_MAX);
});

Deno.test("http: a message over the bound is not sent", async () => {
  await using server = receiver();
  using b = bench();
  const result = await b.post(server.url, { body: "x".repeat(REQUEST_BODY_BYTES_MAX + 1) });
  assert.equal(failure(result), "body_over_limit");
  assert.equal(server.received.length, 0);
});

Deno.test("http: a stop of the process ends the wait as an unknown outcome", async () => {
  const read = Promise.withResolvers<void>();
  await using server = rawReceiver(async (connection) => {
    await readRequest(connection);
    read.resolve();
  });
  using b = bench();
  const stop = new AbortController();
  const result = b.post(server.url, { signal: stop.signal });
  await read.promise;
  stop.abort();
  assert.equal(failure(await result), "shutdown_during_send");
  assert.equal(failure(await b.post(server.url, { signal: stop.signal })), "shutdown_during_send");
});
