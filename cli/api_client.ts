/**
 * The server as commands see it: JSON over HTTP with the admin token, pages of lists one after another, and streams
 * of server-sent events. A refusal is a {@linkcode CommandError} that says what the server said, its faults each in
 * a line; a server that does not answer is one with the exit code of its own.
 */
import type { JsonObject } from "../src/base/json.ts";
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
  /** The items of a list, in its order, at most `limit`. */
  items(path: string, query?: Query, limit?: number): AsyncGenerator<JsonObject>;
  /** Server-sent events until the server ends the stream. */
  follow(path: string): AsyncGenerator<{ event: string; data: string }>;
}

export type Query = Readonly<Record<string, string | undefined>>;

export function createApiClient(origin: string, token: string | undefined): ApiClient {
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      return await fetch(new URL(`/api/v1${path}`, origin), { method, headers, ...sent });
    } catch (cause) {
      throw new CommandError(`cannot reach the server at ${origin}: is it running?`, EXIT.unreachable, {
        cause,
      });
    }
  };
  const send: ApiClient["send"] = async (method, path, body, also = []) => {
    const response = await ask(method, path, body);
    const reply = { status: response.status, body: readBody(await response.text()) };
    if (response.ok || also === "any" || also.includes(reply.status)) return reply;
    throw new CommandError(refusalText(reply), EXIT.refused);
  };
  return {
    send,
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
      if (!response.ok) {
        const reply = { status: response.status, body: readBody(await response.text()) };
        throw new CommandError(refusalText(reply), EXIT.refused);
      }
      yield* eventsOf(response.body!);
    },
  };
}

async function* eventsOf(body: ReadableStream<Uint8Array>) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const member = (name: string) =>
        block.split("\n").filter((line) => line.startsWith(`${name}: `)).map((line) =>
          line.slice(name.length + 2)
        );
      const data = member("data");
      if (data.length > 0) yield { event: member("event")[0] ?? "message", data: data.join("\n") };
    }
  }
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
