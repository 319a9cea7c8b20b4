/** The entry of the Worker that makes one lookup table (lookup_builder.ts). It must not be imported. */
import { parentPort } from "node:worker_threads";
import { present } from "../src/base/assert.ts";
import { buildLookup, type LookupBuild, type LookupUpload } from "../src/ingest/lookup_rows.ts";

const port = present(parentPort, "port of the Worker");

/** Bytes go as whole buffers: the platform walks each element of a typed array that it finds in a message. */
export interface LookupTask extends Omit<LookupUpload, "bytes"> {
  buffer: ArrayBuffer;
}

export type LookupAnswer =
  | (Omit<LookupBuild & { kind: "built" }, "image"> & { buffer: ArrayBuffer })
  | (LookupBuild & { kind: "refused" });

port.once("message", ({ buffer, ...task }: LookupTask) => {
  const build = buildLookup({ ...task, bytes: new Uint8Array(buffer) });
  if (build.kind === "refused") return port.postMessage(build satisfies LookupAnswer);
  const { image: { buffer: made }, ...rest } = build;
  port.postMessage({ ...rest, buffer: made } satisfies LookupAnswer, [made]);
});
