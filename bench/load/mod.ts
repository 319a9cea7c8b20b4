/**
 * The load generator, as a program: it makes every request beforehand, sends when told to, and reports what
 * it cost itself. Kinds of load: bodies of NDJSON, single events as fast as answers come, and, with a
 * receiver for the webhooks they cause, single events at a fixed rate and numbered events until all came back.
 */
import { systemClock } from "../../src/base/clock.ts";
import { cpuMs, serveLines } from "../line_service.ts";
import { allReceived } from "./all_received.ts";
import { everyAnswer } from "./every_answer.ts";
import { type Delay, fixedRate, type Paced, pacedRequests } from "./fixed_rate.ts";
import {
  type Bodies,
  bodyRequests,
  type Numbered,
  numberedRequests,
  singleRequests,
  type Singles,
} from "./requests.ts";
import { openReceiver } from "./receiver.ts";

export type LoadRequest =
  | { kind: "prepare"; bodies: Bodies }
  | { kind: "prepare"; singles: Singles }
  | { kind: "prepare"; paced: Paced }
  | { kind: "prepare"; numbered: Numbered }
  /** Sends each of the prepared requests once, or `count` of them in turn. */
  | { kind: "send"; port: number; connections: number; count?: number }
  | { kind: "pace"; port: number }
  /** Sends each prepared body of numbered events; ends when the webhook of each event came. */
  | { kind: "deliver"; port: number; connections: number; events: number };

export interface LoadReply {
  requests: number;
  ms: number;
  /** CPU time of the generator meanwhile. */
  cpu_ms: number;
  /** Where webhooks are received. */
  receiver: string;
  /** Of the last webhook. */
  webhook_bytes: number;
  /** Only of a pace. */
  delay: Delay | null;
}

await using receiver = openReceiver(systemClock);
let requests: Uint8Array[] = [];
let paced: Paced | null = null;

function prepare(request: LoadRequest & { kind: "prepare" }): number {
  if ("bodies" in request) requests = bodyRequests(request.bodies);
  else if ("numbered" in request) requests = numberedRequests(request.numbered);
  else if ("singles" in request) requests = singleRequests(request.singles);
  else {
    paced = request.paced;
    requests = pacedRequests(paced);
  }
  return 0;
}

async function send({ port, connections, count }: LoadRequest & { kind: "send" }): Promise<number> {
  const total = count ?? requests.length;
  await everyAnswer({ requests, port, connections, count: total });
  return total;
}

await serveLines(async (request: LoadRequest): Promise<LoadReply> => {
  const [start, cpu] = [systemClock.monotonic(), cpuMs()];
  let [sent, delay]: [number, Delay | null] = [0, null];
  if (request.kind === "prepare") sent = prepare(request);
  else if (request.kind === "send") sent = await send(request);
  else if (request.kind === "deliver") {
    await allReceived(systemClock, { requests, receiver, ...request });
    sent = requests.length;
  } else {
    if (paced === null) throw new Error("nothing was prepared to be paced");
    delay = await fixedRate(systemClock, { requests, port: request.port, paced, receiver });
    sent = requests.length;
  }
  const [ms, cpu_ms] = [systemClock.monotonic() - start, cpuMs() - cpu];
  return { requests: sent, ms, cpu_ms, receiver: receiver.url, webhook_bytes: receiver.bodyBytes, delay };
});
