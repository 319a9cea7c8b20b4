/**
 * Space kept for bad days. SQLite needs room to delete, so a full disk could not even be cleaned: the
 * ballast is a file of no use that is removed when a write meets the end of the disk. What it frees is for
 * cleaning and for what rules and deliveries still have to write: while the ballast is not whole no event is
 * taken, or new events would use the room up. Maintenance makes it again after a round in which no write
 * failed. Its bytes are really written and do not compress: file systems with holes or compression keep the
 * space as well.
 */
import type { Logger } from "../../base/logging.ts";

/** Bytes. */
export const BALLAST_BYTES = 32 * 1024 * 1024;

const BLOCK_BYTES = 1024 * 1024;

export interface Ballast {
  /** Whether all of the space is taken. */
  readonly whole: boolean;
  /** Takes all of the space: before the store is in use. Never throws. */
  fill(): Promise<void>;
  /** Gives the space to whoever needs it. Harmless when it is gone already. */
  drop(): void;
  /** A round of maintenance: takes the space again if all was well since the last one. Never throws. */
  restore(): Promise<void>;
}

export function createBallast(options: { file: string; bytes: number; logger: Logger }): Ballast {
  const { file, bytes, logger } = options;
  let droppedLately = false;
  let whole = bytes === 0;
  let filling = false;
  const fill = async () => {
    if (whole || filling) return;
    filling = true;
    try {
      await grow(file, bytes);
      // Dropped meanwhile: the name is gone, and so is the space.
      whole = !droppedLately;
    } catch (error) {
      logger.warn("cannot write the ballast: no events are taken without it", { error });
    } finally {
      filling = false;
    }
  };
  return {
    get whole() {
      return whole;
    },
    fill,
    drop() {
      droppedLately = true;
      whole = bytes === 0;
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
      if (!wait) await fill();
    },
  };
}

// What cannot be written whole is taken back, so that a failed try leaves the disk as it was.
async function grow(file: string, goal: number): Promise<void> {
  using out = await Deno.open(file, { create: true, append: true, mode: 0o600 });
  const { size } = await out.stat();
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
