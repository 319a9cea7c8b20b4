/**
 * POSTs that may be repeated: the first answer to an Idempotency-Key is given again to the same request for
 * 24 h, another request with the key is refused, and one that comes while the first is under way waits for
 * it. Answers are kept for success only: what was refused changed nothing and may be tried again.
 *
 * Where the store can, the answer commits with what it answers for; otherwise it is kept right after.
 */
import { createHash, type Hash } from "node:crypto";
import type { Clock } from "../src/base/clock.ts";
import { badRequest, Problem } from "../src/base/problem.ts";
import { type Reply, REPLY_LIFE_MS } from "../src/store/event_log.ts";
import type { Store } from "../src/store/store.ts";
import { jsonResponse } from "./answer.ts";
import { nounHeaders } from "./noun_headers.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** One request with a key. */
export interface Keyed {
  path: string;
  /** Scope and key. */
  key: string;
  /** Takes in the body while it is read. */
  hash: Hash;
}

/** Where an answer is kept. */
export interface ReplySlot {
  key: string;
  request: string;
  created_at: number;
  /** Set by whoever committed the answer with its cause. */
  committed: boolean;
}

export class Idempotency {
  readonly #store: Pick<Store, "log" | "keepReply">;
  readonly #clock: Clock;
  readonly #running = new Map<string, Promise<void>>();

  constructor(store: Pick<Store, "log" | "keepReply">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Null for a request without a key. @throws Problem 400 */
  begin(request: Request, path: string): Keyed | null {
    const given = request.headers.get("idempotency-key");
    if (given === null) return null;
    if (!KEY.test(given)) {
      throw badRequest(
        "bad_idempotency_key",
        "Cannot use the Idempotency-Key: expected 1 to 255 visible ASCII characters",
      );
    }
    const hash = createHash("sha256");
    hash.update(JSON.stringify([request.method, queryOf(request.url), identityOf(request.headers)]));
    return { path, key: `${request.method} ${path} ${given}`, hash };
  }

  /** Answers for `keyed`, whose body was read, by `execute` or with what was answered before. */
  async run(keyed: Keyed, execute: (slot: ReplySlot) => Promise<Response>): Promise<Response> {
    const request = keyed.hash.digest("hex");
    for (let before = this.#running.get(keyed.key); before !== undefined;) {
      await before;
      before = this.#running.get(keyed.key);
    }
    const answer = this.#once(keyed, request, execute);
    this.#running.set(keyed.key, answer.then(() => {}, () => {}));
    try {
      return await answer;
    } finally {
      this.#running.delete(keyed.key);
    }
  }

  async #once(
    { key, path }: Keyed,
    request: string,
    execute: (slot: ReplySlot) => Promise<Response>,
  ): Promise<Response> {
    const now = this.#clock.now();
    const kept = await this.#store.log.reply(key, now - REPLY_LIFE_MS);
    if (kept !== undefined) return replay(kept, request, path);
    const slot: ReplySlot = { key, request, created_at: now, committed: false };
    const response = await execute(slot);
    if (!slot.committed && response.ok) await this.#keep(slot, response);
    return response;
  }

  async #keep({ key, request, created_at }: ReplySlot, response: Response): Promise<void> {
    const body = await response.clone().text();
    await this.#store.keepReply({ key, request, status: response.status, body, created_at });
  }
}

function replay(kept: Reply, request: string, path: string): Response {
  if (kept.request !== request) {
    throw new Problem({
      status: 422,
      code: "idempotency_key_reused",
      detail: "Cannot use the Idempotency-Key: it came with another request before",
    });
  }
  const headers = { ...nounHeaders(path, kept), "idempotency-replayed": "true" };
  if (kept.body === "") return new Response(null, { status: kept.status, headers });
  return jsonResponse(kept.body, kept.status, headers);
}

function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark);
}

/** Headers that say what the body means. */
function identityOf(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => name === "content-type" || name.startsWith("ce-"));
}
