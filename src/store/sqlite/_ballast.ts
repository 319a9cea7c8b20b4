/**
 * Space kept for bad days. SQLite needs room to delete, so a full disk could not even be cleaned: the
 * ballast is a file of no use that is removed when a write meets the end of the disk. Maintenance makes it
 * again in steps, and only after a round in which no write failed, so that it does not take back at once
 * what cleaning has just been given. Its bytes are really written and do not compress: file systems with
 * holes or compression keep the space as well. Without room there is no ballast, and the log says so.
 */
import type { Logger } from "../../base/logging.ts";

/** Bytes. */
export const BALLAST_BYTES = 32 * 1024 * 1024;

const BLOCK_BYTES = 1024 * 1024;
const STEPS = 8;

export interface Ballast {
  /** Takes all of the space: before the store is in use. Never throws. */
  fill(): Promise<void>;
  /** Gives the space to whoever needs it. Harmless when it is gone already. */
  drop(): void;
  /** A round of maintenance: takes an eighth of the space (again) if all was well since the last. Never throws. */
  restore(): Promise<void>;
}

export function createBallast(options: { file: string; bytes: number; logger: Logger }): Ballast {
  const { file, bytes, logger } = options;
  let droppedLately = false;
  const growBy = async (more: number) => {
    try {
      await grow(file, { by: more, upTo: bytes });
    } catch (error) {
      logger.warn("cannot write the ballast", { error });
    }
  };
  return {
    fill: () => growBy(bytes),
    drop() {
      droppedLately = true;
      try {
        Deno.removeSync(file);
        logger.error("storage is full: ballast dropped", { ballast_bytes: bytes });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) logger.error("cannot drop the ballast", { error });
      }
    },
    async restore() {
      const wait = droppedLately;
      droppedLately = false;
      if (!wait) await growBy(Math.ceil(bytes / STEPS));
    },
  };
}

// What cannot be written whole is taken back, so that a failed step leaves the disk as it was.
async function grow(file: string, { by, upTo }: { by: number; upTo: number }): Promise<void> {
  if (upTo === 0) return;
  using out = await Deno.open(file, { create: true, append: true, mode: 0o600 });
  const { size } = await out.stat();
  const goal = Math.min(size + by, upTo);
  try {
    for (let at = size; at < goal; at += BLOCK_BYTES) {
      await writeAll(out, noise(Math.min(goal - at, BLOCK_BYTES), at));
    }
  } catch (error) {
    await out.truncate(size);
    throw error;
  }
}

async function writeAll(out: Deno.FsFile, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length;) at += await out.write(block.subarray(at));
}

// xorshift32: no two blocks alike, nothing to compress.
function noise(bytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let x = seed | 1;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return new Uint8Array(words.buffer, 0, bytes);
}
