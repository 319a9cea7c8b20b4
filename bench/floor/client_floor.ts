/**
 * F3, as a program: what the server's own HTTP client posts to a receiver if nothing else is done. Bodies of
 * one size, as many under way at once as the server has to one channel; nothing is stored.
 */
import { parseRanges } from "../../src/base/address_ranges.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";
import { createHttpClient } from "../../src/notify/http_client.ts";
import { cpuMs, serveLines } from "../line_service.ts";

/** As `perChannel` of the notifier pool. */
const AT_ONCE = 32;

export interface ClientFloorRequest {
  url: string;
  count: number;
  body_bytes: number;
}

export interface ClientFloorReply {
  ms: number;
  cpu_ms: number;
}

const ranges = parseRanges("127.0.0.1/32");
if ("bad" in ranges) throw new Error(ranges.bad);
const client = createHttpClient({ egress: createEgressGuard({ allow: ranges.ranges }), clock: systemClock });

async function post({ url, count, body_bytes }: ClientFloorRequest): Promise<void> {
  const body = new Uint8Array(body_bytes).fill("x".charCodeAt(0));
  const headers = { "content-type": "application/json; charset=utf-8" };
  const { signal } = new AbortController();
  let sent = 0;
  const one = async () => {
    while (sent < count) {
      const id = String(sent++);
      const result = await client.send({
        ...{ method: "POST", url, headers: { ...headers, "webhook-id": id }, body, signal },
      });
      if (result.kind === "failed" || result.status !== 204) throw new Error(JSON.stringify(result));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

await serveLines(async (request: ClientFloorRequest): Promise<ClientFloorReply> => {
  const [start, cpu] = [systemClock.monotonic(), cpuMs()];
  await post(request);
  return { ms: systemClock.monotonic() - start, cpu_ms: cpuMs() - cpu };
});
client.close();
