/** `events send` and `events tail`. */
import type { JsonObject } from "../src/base/json.ts";
import { sleep, systemClock } from "../src/base/clock.ts";
import { type Command, type CommandCall, EXIT, usageError } from "./command.ts";
import { limitOf } from "./limit_option.ts";

const POLL_MS = 500;

export const eventsSend: Command = {
  name: "events send",
  summary: "Send events: files of JSON or NDJSON, or standard input",
  usage: "[--topic TOPIC] [FILE...|-]",
  options: { topic: "string" },
  help: '  --topic TOPIC      the topic of the events ("default" unless said)',
  async run({ operands, api, json, text, print }) {
    const topic = text("topic");
    const path = topic === undefined ? "/events" : `/events?topic=${encodeURIComponent(topic)}`;
    const taken: JsonObject[] = [];
    for (const file of operands.length === 0 ? ["-"] : operands) {
      taken.push((await api.send("POST", path, await eventsIn(file))).body);
    }
    if (json) print(`${JSON.stringify(taken, null, 2)}\n`);
    else taken.forEach((one) => print(`accepted ${one.accepted}, duplicates ${one.duplicates}\n`));
    return EXIT.ok;
  },
};

async function eventsIn(file: string): Promise<unknown> {
  const text = await textOf(file);
  const where = file === "-" ? "standard input" : file;
  try {
    return JSON.parse(text);
  } catch (_severalLines) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return lines.map((line, i) => {
      try {
        return JSON.parse(line);
      } catch (error) {
        throw usageError(
          `cannot read line ${i + 1} of ${where} as JSON: ${error instanceof Error ? error.message : error}`,
        );
      }
    });
  }
}

async function textOf(file: string): Promise<string> {
  try {
    if (file === "-") return await new Response(Deno.stdin.readable).text();
    return await Deno.readTextFile(file);
  } catch (error) {
    throw usageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

export const eventsTail: Command = {
  name: "events tail",
  summary: "Print the newest events, and with --follow those that come",
  usage: "[--topic TOPIC] [--limit N] [--follow]",
  options: { topic: "string", limit: "string", follow: "boolean" },
  help: `  --topic TOPIC      only this topic
  --limit N          how far back in the log to begin (50)
  --follow           goes on until it is interrupted`,
  async run(call) {
    const { next_offset } = (await call.api.send("GET", "/log")).body;
    const count = limitOf(call.text("limit"));
    let from = Math.max(0, next_offset - count);
    for (;;) {
      from = await printFrom(from, call);
      if (!call.flag("follow")) return EXIT.ok;
      await sleep(systemClock, POLL_MS);
    }
  },
};

/** Answers the offset to go on with. */
async function printFrom(from: number, { api, text, print }: CommandCall): Promise<number> {
  let next = from;
  for await (const found of api.items("/events", { topic: text("topic"), from_offset: String(from) })) {
    print(`${JSON.stringify(found)}\n`);
    next = Number(found.offset) + 1;
  }
  return next;
}
