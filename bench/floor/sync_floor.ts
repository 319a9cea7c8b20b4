/**
 * The floor of the disk: how long a write of one page and its fdatasync take beside a case, 20 times a second
 * on the same file system. No event can be safe sooner.
 */
import { sleep, systemClock } from "../../src/base/clock.ts";
import { quantile } from "../figure.ts";
import { serveLines } from "../line_service.ts";

const PAGE_BYTES = 4096;
/** Written over and over, as a write-ahead log is. */
const FILE_PAGES = 4096;
const GAP_MS = 50;

export interface SyncFloorRequest {
  for_ms: number;
}

export interface SyncFloorReply {
  p50: number;
  p99: number;
  max: number;
}

const [path = ""] = Deno.args;

await serveLines(async ({ for_ms }: SyncFloorRequest): Promise<SyncFloorReply> => {
  using file = await Deno.open(path, { create: true, write: true });
  const page = new Uint8Array(PAGE_BYTES).fill(1);
  const until = systemClock.monotonic() + for_ms;
  const times: number[] = [];
  while (systemClock.monotonic() < until) {
    const start = systemClock.monotonic();
    file.seekSync((times.length % FILE_PAGES) * PAGE_BYTES, Deno.SeekMode.Start);
    file.writeSync(page);
    file.syncDataSync();
    times.push(systemClock.monotonic() - start);
    await sleep(systemClock, GAP_MS);
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: quantile(times, 1) };
});
