/**
 * Makes lookup tables of uploads, each in a Worker of its own that ends with it: parsing a million rows would
 * hold up everybody. One at a time; an upload that the Worker has no memory for is refused.
 */
import { Worker } from "node:worker_threads";
import { Problem } from "../src/base/problem.ts";
import type { LookupBuild, LookupUpload } from "../src/ingest/lookup_rows.ts";

const HEAP_MB = 1536;

export type BuiltLookup = LookupBuild & { kind: "built" };

export class LookupBuilder {
  #last: Promise<unknown> = Promise.resolve();

  /** Takes over the bytes of `upload`. @throws Problem 400, 413 */
  async build(upload: LookupUpload): Promise<BuiltLookup> {
    const run = this.#last.then(() => inWorker(upload));
    this.#last = run.catch(() => {});
    const build = await run;
    if (build.kind === "built") return build;
    const { status, code, message, pointer } = build;
    throw new Problem({ status, code, detail: message, errors: [{ pointer, code, message }] });
  }
}

async function inWorker(upload: LookupUpload): Promise<LookupBuild> {
  const worker = new Worker(new URL("./lookup_worker.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const { promise, resolve, reject } = Promise.withResolvers<LookupBuild>();
  worker.once("message", resolve).once("error", reject).once("exit", () => reject(tooHeavy()));
  try {
    worker.postMessage(upload, [upload.bytes.buffer]);
    return await promise;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
      throw tooHeavy();
    }
    throw error;
  } finally {
    await worker.terminate();
  }
}

function tooHeavy(): Problem {
  const detail = `Cannot make the table within ${HEAP_MB} MB of memory: give fewer or smaller rows`;
  return new Problem({ status: 413, code: "table_too_large", detail });
}
