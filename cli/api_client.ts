/**
 * The server as commands see it: JSON over HTTP with the admin token, pages of lists one after another, and streams
 * of server-sent events. A refusal is a {@linkcode CommandError} that says what the server said, its faults each in
 * a line; a server that does not answer is one with the exit code of its own.
 */
import type { JsonObject } from "../src/base/json.ts";
import { type ServerEvent, serverEvents } from "../src/client/server_events.ts";
import { CommandError, EXIT } from "./command.ts";

const PAGE = 500;

interface Reply {
  status: number;
  // deno-lint-ignore no-explicit-any -- the document of whichever path was asked
  body: any;
}

export interface ApiClient {
  /** Sends a request to a path under /api/v1. @throws CommandError unless it succeeds or the status is in `also` */
  send(method: string, path: string, body?: unknown, also?: readonly number[] | "any"): Promise<Reply>;
  /** Posts NDJSON. @throws CommandError unless it is taken */
  sendLines(path: string, lines: string): Promise<Reply>;
  /** The items of a list, in its order, at most `limit`. */
  items(path: string, query?: Query, limit?: number): AsyncGenerator<JsonObject>;
  /** Server-sent events until the caller has enough. @throws CommandError when the server ends the stream */
  follow(path: string): AsyncGenerator<ServerEvent>;
}

export type Query = Readonly<Record<string, string | undefined>>;

interface Body {
  type: string;
  text: string;
}

export function createApiClient(origin: string, token: string | undefined): ApiClient {
  const unreachable = (message: string, cause: unknown) =>
    new CommandError(message, EXIT.unreachable, { cause });
  const ask = async (method: string, path: string, body?: Body): Promise<Response> => {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = body.type;
    const sent = body === undefined ? {} : { body: body.text };
    try {
      return await fetch(new URL(`/api/v1${path}`, origin), { method, headers, ...sent });
    } catch (cause) {
      throw unreachable(`cannot reach the server at ${origin}: is it running?`, cause);
    }
  };
  const lost = (cause: unknown) => unreachable(`lost the server at ${origin} within its answer`, cause);
  const replyOf = async (response: Response): Promise<Reply> => {
    const text = await response.text().catch((cause) => {
      throw lost(cause);
    });
    return { status: response.status, body: readBody(text) };
  };
  const accepted = (reply: Reply, also: readonly number[] | "any" = []): Reply => {
    const { status } = reply;
    if ((status >= 200 && status <= 299) || also === "any" || also.includes(status)) return reply;
    throw new CommandError(refusalText(reply), EXIT.refused);
  };
  const send: ApiClient["send"] = async (method, path, document, also) => {
    const body = document === undefined
      ? undefined
      : { type: "application/json", text: JSON.stringify(document) };
    return accepted(await replyOf(await ask(method, path, body)), also);
  };
  return {
    send,
    async sendLines(path, text) {
      return accepted(await replyOf(await ask("POST", path, { type: "application/x-ndjson", text })));
    },
    async *items(path, query = {}, limit = Infinity) {
      let left = limit;
      let cursor: string | null | undefined;
      while (cursor !== null && left > 0) {
        const page = { limit: String(Math.min(PAGE, left)), cursor };
        const { body } = await send("GET", `${path}${search({ ...query, ...page })}`);
        yield* body.items.slice(0, left);
        left -= body.items.length;
        cursor = body.next_cursor ?? null;
      }
    },
    async *follow(path) {
      const response = await ask("GET", path);
      if (!response.ok) accepted(await replyOf(response));
      try {
        yield* serverEvents(response.body!);
      } catch (cause) {
        throw lost(cause);
      }
      throw unreachable(`the server at ${origin} ended the stream`, null);
    },
  };
}

function search(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

function readBody(text: string) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch (_noJson) {
    return { detail: text.slice(0, 500) };
  }
}

function refusalText({ status, body }: Reply): string {
  const faults: { pointer: string; message: string }[] = body?.errors ?? [];
  const lines = faults.map(({ pointer, message }) => `\n  ${pointer || "/"}: ${message}`);
  return `the server refused it (${status} ${body?.code ?? ""}): ${body?.detail ?? ""}${lines.join("")}`;
}
