/**
 * The receiving end of webhooks, in the process that sends the events: one clock reads both ends. An event
 * carries its number in the member `seq`, which its alert brings along.
 */
import type { Clock } from "../../src/base/clock.ts";

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** When event `seq` first came back, by the monotonic clock. */
  readonly arrivals: Map<number, number>;
  /** Bytes of the last body. */
  readonly bodyBytes: number;
}

export function openReceiver(clock: Clock): Receiver {
  const arrivals = new Map<number, number>();
  let bodyBytes = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const text = await request.text();
    bodyBytes = text.length; // Letters of ASCII only.
    const seq = Number(/"seq":(\d+)/.exec(text)?.[1] ?? NaN);
    if (!arrivals.has(seq)) arrivals.set(seq, clock.monotonic());
    return new Response(null, { status: 204 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    arrivals,
    get bodyBytes() {
      return bodyBytes;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
