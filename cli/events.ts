/** `events send` and `events tail`. */
import { sleep, systemClock } from "../src/base/clock.ts";
import { type Command, type CommandCall, CommandError, EXIT, usageError } from "./command.ts";
import { type EventPart, eventParts } from "./event_parts.ts";
import { limitOf, wholeNumber } from "./number_options.ts";

const POLL_MS = 500;

interface Taken {
  file: string;
  accepted: number;
  duplicates: number;
  first_offset: number | null;
  last_offset: number | null;
}

export const eventsSend: Command = {
  name: "events send",
  summary: "Send events: files of JSON or NDJSON, or standard input",
  usage: "[--topic TOPIC] [--from-line N] [FILE...|-]",
  options: { topic: "string", "from-line": "string" },
  help: `  --topic TOPIC      the topic of the events ("default" unless said)
  --from-line N      leaves out what comes before this line, or this place in a list

Lines are sent in parts of up to 1 MiB, those of standard input as they come. Where a part is
refused, what came before it stays accepted.`,
  async run(call) {
    const { operands, json, print } = call;
    const from = wholeNumber("from-line", call.text("from-line"), 1);
    const files = operands.length === 0 ? ["-"] : operands;
    if (from > 1 && files.length > 1) throw usageError("--from-line goes with one file");
    const taken: Taken[] = [];
    for (const file of files) taken.push(await sendFile(file, from, call));
    if (json) print(`${JSON.stringify(taken, null, 2)}\n`);
    else taken.forEach((one) => print(`accepted ${one.accepted}, duplicates ${one.duplicates}\n`));
    return EXIT.ok;
  },
};

async function sendFile(file: string, from: number, { api, text }: CommandCall): Promise<Taken> {
  const topic = text("topic");
  const path = topic === undefined ? "/events" : `/events?topic=${encodeURIComponent(topic)}`;
  const where = file === "-" ? "standard input" : file;
  const taken: Taken = { file, accepted: 0, duplicates: 0, first_offset: null, last_offset: null };
  for await (const part of eventParts(textsOf(file, where), { where, from, eager: file === "-" })) {
    const { body } = await api.sendLines(path, part.text).catch((error) => {
      throw partError(error, where, part, taken);
    });
    taken.accepted += body.accepted;
    taken.duplicates += body.duplicates;
    taken.first_offset ??= body.first_offset;
    taken.last_offset = body.last_offset ?? taken.last_offset;
  }
  return taken;
}

/** Which part it was, counted as its source counts, and how to go on. */
function partError(error: unknown, where: string, { first, last }: EventPart, { accepted }: Taken) {
  if (!(error instanceof CommandError)) return error;
  const before = accepted === 0
    ? ""
    : `; ${accepted} before them were accepted, go on with --from-line ${first}`;
  const message = `events ${first} to ${last} of ${where}, counted from the first: ${error.message}${before}`;
  return new CommandError(message, error.exit, { cause: error });
}

async function* textsOf(file: string, where: string): AsyncGenerator<string> {
  try {
    const bytes = file === "-" ? Deno.stdin.readable : (await Deno.open(file)).readable;
    yield* bytes.pipeThrough(new TextDecoderStream("utf-8", { fatal: true }));
  } catch (error) {
    throw usageError(`cannot read ${where}: ${error instanceof Error ? error.message : error}`);
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
