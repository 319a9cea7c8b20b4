/** The entry of the Worker that makes one lookup table (lookup_builder.ts). It must not be imported. */
import { parentPort } from "node:worker_threads";
import { present } from "../src/base/assert.ts";
import { buildLookup, type LookupUpload } from "../src/ingest/lookup_rows.ts";

const port = present(parentPort, "port of the Worker");

port.once("message", (upload: LookupUpload) => {
  const build = buildLookup(upload);
  port.postMessage(build, build.kind === "built" ? [build.image.buffer] : []);
});
