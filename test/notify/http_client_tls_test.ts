/**
 * TLS through the HTTP client: the address is pinned, and yet name and certificate are checked. The platform
 * promises neither in combination, so this is a canary as well. The certificate in tls/ is made for these
 * tests alone: self-signed, for hooks.example.com.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { createHttpClient } from "../../src/notify/http_client.ts";
import { loopbackGuard } from "./receivers.ts";

const file = (name: string) => Deno.readTextFileSync(new URL(`./tls/${name}`, import.meta.url));
const cert = file("cert.pem");

async function post(host: string, { trusting }: { trusting: "our certificate" | "nobody new" }) {
  const key = file("key.pem");
  const options = { port: 0, hostname: "127.0.0.1", cert, key, onListen() {} };
  const server = Deno.serve(options, (request) => new Response(request.headers.get("host")));
  const egress = loopbackGuard(() => Promise.resolve(["127.0.0.1"]));
  const ca = trusting === "our certificate" ? { ca: cert } : {};
  const client = createHttpClient({ egress, clock: systemClock, ...ca });
  const { signal } = new AbortController();
  const url = `https://${host}:${server.addr.port}/in`;
  const result = await client.send({ method: "POST", url, headers: {}, body: new Uint8Array(2), signal });
  client.close();
  await server.shutdown();
  return { result, port: server.addr.port };
}

Deno.test("tls: the vetted address is connected under the name, which the certificate proves", async () => {
  const { result, port } = await post("hooks.example.com", { trusting: "our certificate" });
  assert.ok(result.kind === "answer", JSON.stringify(result));
  assert.equal(result.body, `hooks.example.com:${port}`);
});

Deno.test("tls: a certificate for another name is refused", async () => {
  const { result } = await post("other.example.com", { trusting: "our certificate" });
  assert.equal(result.kind === "failed" && result.code, "tls_certificate");
});

Deno.test("tls: a certificate that nobody vouches for is refused", async () => {
  const { result } = await post("hooks.example.com", { trusting: "nobody new" });
  assert.equal(result.kind === "failed" && result.code, "tls_certificate");
});

Deno.test("tls: a receiver that speaks plain HTTP is a failed handshake", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("plain"));
  const client = createHttpClient({ egress: loopbackGuard(), clock: systemClock });
  const { signal } = new AbortController();
  const url = `https://127.0.0.1:${server.addr.port}/in`;
  const result = await client.send({ method: "POST", url, headers: {}, body: new Uint8Array(2), signal });
  assert.equal(result.kind === "failed" && result.code, "tls_handshake");
  client.close();
  await server.shutdown();
});
