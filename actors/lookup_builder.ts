/**
 * Makes lookup tables of uploads, each in a Worker of its own that ends with it: parsing a million rows would
 * hold up everybody. One at a time; an upload that the Worker has no memory for is refused.
 */
import { Worker } from "node:worker_threads";
import { Problem } from "../src/base/problem.ts";
import type { LookupBuild, LookupUpload } from "../src/ingest/lookup_rows.ts";
import type { LookupAnswer, LookupTask } from "./lookup_worker.ts";

const HEAP_MB = 1536;
/** With the little that a Worker has by default, most of the time would go into collecting. */
const YOUNG_MB = 128;

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

async function inWorker({ bytes, ...upload }: LookupUpload): Promise<LookupBuild> {
  const worker = new Worker(new URL("./lookup_worker.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const { promise, resolve, reject } = Promise.withResolvers<LookupAnswer>();
  worker.once("message", resolve).once("error", reject).once("exit", () => reject(tooHeavy()));
  try {
    const { buffer } = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
    worker.postMessage({ ...upload, buffer } satisfies LookupTask, [buffer]);
    const answer = await promise;
    if (answer.kind === "refused") return answer;
    const { buffer: image, ...build } = answer;
    return { ...build, image: new Uint8Array(image) };
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
