/** Opens SQLite stores for tests: in a directory of their own, without ballast unless a test is about it. */
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logging.ts";
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from "../../src/store/sqlite/mod.ts";

/** A store in `path`. */
export function openAt(path: string, options: Partial<SqliteStoreOptions> = {}): Promise<SqliteStore> {
  const defaults = { durability: "full", clock: systemClock, logger: silentLogger, ballastBytes: 0 } as const;
  return openSqliteStore({ path, ...defaults, ...options });
}

/** A temporary directory that goes with its scope. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "tocsin-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A store in a temporary directory of its own. */
export async function openTemporary(options: Partial<SqliteStoreOptions> = {}): Promise<SqliteStore> {
  const directory = await temporaryDirectory();
  const store = await openAt(directory.path, options);
  const close = async () => {
    await store[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  };
  let closing: Promise<void> | null = null;
  return { ...store, [Symbol.asyncDispose]: () => closing ??= close() };
}
