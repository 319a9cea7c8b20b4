/**
 * A receiver of webhooks on loopback that fails as receivers do: by the number of the event that a webhook
 * tells of, a tenth of all first attempts end in an error answer, in a reset connection or, rarely, in a
 * request to wait, and a few fail forever. It notes under which ids each number came and whether it took it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** "gone" and "broken" fail on every attempt, the others on the first. */
export type Fault = "broken" | "error" | "gone" | "reset" | "wait";

/** After so many attempts a delivery that cannot succeed is given up. */
const ATTEMPTS_OF: Partial<Record<Fault, number>> = { gone: 1, broken: 4 };

/** What the numbers of one course meet; 1 in 10 of them meets something. */
export function faultOf(n: number): Fault | null {
  if (n % 10 !== 3) return null;
  // A request to wait stops the whole channel for a second or more, so there cannot be thousands of them.
  if (n % 10_000 === 2503) return "wait";
  if (n % 1000 === 13) return "gone";
  if (n % 1000 === 113) return "broken";
  return n % 20 === 3 ? "error" : "reset";
}

/** How a delivery of that number must end: null is delivered. */
export function deadReasonOf(n: number): string | null {
  const fault = faultOf(n);
  if (fault === "gone") return "not_found";
  return fault === "broken" ? "retries_exhausted" : null;
}

export interface Told {
  /** Values of webhook-id under which this number came. */
  ids: Set<string>;
  attempts: number;
  /** How often it was answered with 204. */
  taken: number;
}

export class FailingReceiver implements AsyncDisposable {
  readonly told = new Map<number, Told>();
  readonly faults: Record<Fault, number> = { broken: 0, error: 0, gone: 0, reset: 0, wait: 0 };
  /** Numbers that were taken, or failed as often as they are tried. */
  settled = 0;
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    server.on("request", (request, response) => this.#take(request, response));
  }

  static async open(): Promise<FailingReceiver> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FailingReceiver(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => text += part);
    request.on("end", () => this.#answer(request, response, text));
    // The sender was killed.
    request.on("error", () => {});
  }

  #answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const n = Number(/"n":(\d+)/.exec(text)?.[1] ?? NaN);
    const told = this.#note(n, String(request.headers["webhook-id"]));
    const fault = faultOf(n);
    const fails = fault === "gone" || fault === "broken" || told.attempts === 1;
    if (fault === null || !fails) {
      if (told.taken++ === 0) this.settled++;
      response.writeHead(204).end();
      return;
    }
    this.faults[fault]++;
    if (told.attempts === ATTEMPTS_OF[fault]) this.settled++;
    if (fault === "reset") request.socket.destroy();
    else if (fault === "wait") response.writeHead(429, { "retry-after": "1" }).end("not so fast");
    else response.writeHead(fault === "gone" ? 404 : 500).end("no");
  }

  #note(n: number, id: string): Told {
    const told = this.told.get(n) ?? { ids: new Set(), attempts: 0, taken: 0 };
    this.told.set(n, told);
    told.ids.add(id);
    told.attempts++;
    return told;
  }
}
