/**
 * A reader that is far too slow for its ring: reads a slot, copies its bytes, asks whether they were whole,
 * and checks what it was told by a checksum. Also the checksum itself, for the writer of ring_test.ts.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { emptySlot, type RingMemory, RingReader } from "../../src/batch/ring.ts";

export interface LappedReport {
  accepted: number;
  accepted_torn: number;
  noticed: number;
  noticed_torn: number;
}

/** Every word of a batch says which one it is, and the last is their mixture. */
export const checksum = {
  fill(target: Uint8Array, i: number): void {
    const words = new Int32Array(target.buffer, target.byteOffset, target.byteLength / 4);
    words.fill(i);
    words[words.length - 1] = ~i;
  },
  holds(bytes: Uint8Array, i: number): boolean {
    const words = new Int32Array(bytes.buffer, 0, bytes.byteLength / 4);
    for (let w = 0; w < words.length - 1; w++) if (words[w] !== i) return false;
    return words[words.length - 1] === ~i;
  },
};

function readUntilStopped({ memory, stop }: { memory: RingMemory; stop: SharedArrayBuffer }): LappedReport {
  const reader = new RingReader(memory);
  const stopped = new Int32Array(stop);
  const report: LappedReport = { accepted: 0, accepted_torn: 0, noticed: 0, noticed_torn: 0 };
  const slot = emptySlot();
  for (let turn = 0; Atomics.load(stopped, 0) === 0; turn++) {
    // Sometimes the newest slot, mostly one that is about to be overwritten.
    const seq = reader.head - 1 - (turn % 16);
    if (seq < 0) continue;
    reader.slot(seq, slot);
    const bytes = reader.bytes(seq)?.slice() ?? null;
    const whole = bytes !== null && slot.first === seq && checksum.holds(bytes, seq);
    if (reader.intact(seq)) {
      report.accepted++;
      if (!whole) report.accepted_torn++;
    } else {
      report.noticed++;
      if (!whole) report.noticed_torn++;
    }
  }
  return report;
}

if (!isMainThread && parentPort !== null) {
  parentPort.postMessage("ready");
  parentPort.postMessage(readUntilStopped(workerData));
}
