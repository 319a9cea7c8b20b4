/** Closed loop: every connection sends its next request when the answer to the last one is there. */
import { KeepAlive } from "./keep_alive.ts";

export interface EveryAnswerOptions {
  requests: readonly Uint8Array[];
  port: number;
  connections: number;
  /** Requests in all; they start anew when they run out. */
  count: number;
}

export async function everyAnswer({ requests, port, connections, count }: EveryAnswerOptions): Promise<void> {
  let sent = 0;
  const connection = async () => {
    using open = await KeepAlive.open(port);
    while (sent < count) await open.post(requests[sent++ % requests.length]!);
  };
  await Promise.all(Array.from({ length: connections }, connection));
}
