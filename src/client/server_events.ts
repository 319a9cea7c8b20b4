/** Server-sent events of a response's body, until it ends. */
export interface ServerEvent {
  id: string;
  /** "" where the event has no type. */
  event: string;
  data: string;
}

export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const blocks = (rest + decoder.decode(read.value, { stream: true })).split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) {
        const data = memberOf(block, "data");
        if (data !== "") yield { id: memberOf(block, "id"), event: memberOf(block, "event"), data };
      }
    }
  } finally {
    await reader.cancel();
  }
}

/** A member of a server-sent event; "" where it has none. */
function memberOf(block: string, name: string): string {
  const lines = block.split("\n").filter((line) => line.startsWith(`${name}: `));
  return lines.map((line) => line.slice(name.length + 2)).join("\n");
}
