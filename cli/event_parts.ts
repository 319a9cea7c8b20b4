/**
 * Events of a file or a stream as parts of NDJSON, each of a size that a request may have. A text that is one JSON
 * document, a list or an object over several lines, is read whole; lines are passed on as they are.
 */
import { isObject } from "../src/base/json.ts";
import { usageError } from "./command.ts";

/** What a part holds at most, unless one event is longer. */
const PART_CHARACTERS_MAX = 1_048_576;

export interface EventPart {
  /** NDJSON. */
  text: string;
  /** Of its first event: a line of the source, or a place in its list, counted from 1. */
  first: number;
  last: number;
}

export interface PartsOptions {
  /** How messages name the source. */
  where: string;
  /** What comes before this line, or this place in a list, is left out. */
  from: number;
  /** A part for whatever has been read, without waiting for more. */
  eager: boolean;
}

/** @throws CommandError for a document that is no JSON */
export async function* eventParts(
  texts: AsyncIterable<string>,
  { where, from, eager }: PartsOptions,
): AsyncGenerator<EventPart> {
  const part = new Part(from);
  let known = false;
  let document: string[] | null = null;
  for await (const lines of linesOf(texts)) {
    if (!known) {
      const [beginning] = lines.filter(isWritten);
      known = beginning !== undefined;
      if (known && !isEvent(beginning!)) document = [];
    }
    if (document !== null) document.push(...lines);
    else yield* part.take(lines, eager);
  }
  if (document !== null) yield* part.take(documentLines(document.join("\n"), where), false);
  yield* part.rest();
}

class Part {
  readonly #from: number;
  #lines: string[] = [];
  #characters = 0;
  #first = 1;
  #last = 0;
  #read = 0;

  constructor(from: number) {
    this.#from = from;
  }

  *take(lines: readonly string[], eager: boolean): Generator<EventPart> {
    for (const line of lines) {
      this.#read++;
      if (this.#read < this.#from || !isWritten(line)) continue;
      if (this.#characters + line.length > PART_CHARACTERS_MAX) yield* this.rest();
      if (this.#lines.length === 0) this.#first = this.#read;
      this.#last = this.#read;
      this.#lines.push(line);
      this.#characters += line.length + 1;
    }
    if (eager) yield* this.rest();
  }

  *rest(): Generator<EventPart> {
    if (this.#lines.length > 0) {
      yield { text: this.#lines.join("\n"), first: this.#first, last: this.#last };
    }
    this.#lines = [];
    this.#characters = 0;
  }
}

/** The lines that each piece of a text ends. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string[]> {
  let begun: string[] = [];
  for await (const text of texts) {
    const lines = text.split("\n");
    const last = lines.pop()!;
    if (lines.length > 0) {
      lines[0] = begun.join("") + lines[0];
      begun = [];
      yield lines;
    }
    begun.push(last);
  }
  yield [begun.join("")];
}

function isWritten(line: string): boolean {
  return line.trim() !== "";
}

function isEvent(line: string): boolean {
  try {
    return isObject(JSON.parse(line));
  } catch (_noJson) {
    return false;
  }
}

function documentLines(text: string, where: string): string[] {
  try {
    const document = JSON.parse(text);
    return (Array.isArray(document) ? document : [document]).map((event) => JSON.stringify(event));
  } catch (error) {
    throw usageError(`cannot read ${where} as JSON: ${error instanceof Error ? error.message : error}`);
  }
}
