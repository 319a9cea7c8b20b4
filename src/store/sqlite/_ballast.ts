/**
 * Space kept for bad days. SQLite needs room to delete, so a full disk could not even be cleaned: the
 * ballast is a file of no use that is removed when a write meets the end of the disk, and made again by
 * maintenance once there is room for twice its size. Its bytes are really written and do not compress, so
 * that file systems with holes or compression keep the space as well.
 */
import { statfs } from "node:fs/promises";
import type { Logger } from "../../base/logging.ts";

/** Bytes. */
export const BALLAST_BYTES = 32 * 1024 * 1024;

const BLOCK_BYTES = 1024 * 1024;

export interface Ballast {
  /** Gives the space to whoever needs it. Harmless when it is gone already. */
  drop(): void;
  /** Takes the space (again) where there is room; never throws. */
  restore(): Promise<void>;
}

export function createBallast(options: { file: string; bytes: number; logger: Logger }): Ballast {
  const { file, bytes, logger } = options;
  return {
    drop() {
      try {
        Deno.removeSync(file);
        logger.error("storage is full: ballast dropped", { ballast_bytes: bytes });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) logger.error("cannot drop the ballast", { error });
      }
    },
    async restore() {
      try {
        if ((await sizeOf(file)) === bytes || !(await hasRoom(file, 2 * bytes))) return;
        await fill(file, bytes);
      } catch (error) {
        logger.warn("cannot write the ballast", { error });
        await Deno.remove(file).catch(() => {});
      }
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await Deno.stat(file)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function hasRoom(file: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(file.slice(0, file.lastIndexOf("/")));
  return bavail * bsize >= bytes;
}

async function fill(file: string, bytes: number): Promise<void> {
  using out = await Deno.open(file, { create: true, write: true, truncate: true, mode: 0o600 });
  for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
    await writeAll(out, noise(Math.min(left, BLOCK_BYTES), left));
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
