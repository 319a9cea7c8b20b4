/**
 * The data directory and its one owner. Ownership is an operating system lock on `tocsin.lock`: it goes
 * with the process however that ends, so nothing stale is ever left behind. The lock file stays.
 */

export interface DataDirectory {
  /** Path of the database, which exists and is readable by its owner only. */
  readonly file: string;
  /** Path of the ballast. */
  readonly ballast: string;
  /** Gives the directory to the next process. */
  release(): void;
}

/** Somebody else has the directory open. */
export class DataDirectoryInUseError extends Error {
  override readonly name = "DataDirectoryInUseError";
}

/**
 * Makes the directory where there is none and takes it.
 * @throws DataDirectoryInUseError
 */
export async function claimDataDirectory(path: string): Promise<DataDirectory> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  const lock = await Deno.open(`${path}/tocsin.lock`, { create: true, write: true, mode: 0o600 });
  try {
    if (!(await lock.tryLock(true))) {
      throw new DataDirectoryInUseError(
        `Cannot open the store: data directory "${path}" is in use by another process`,
      );
    }
    const file = `${path}/tocsin.db`;
    await makePrivate(file);
    return { file, ballast: `${path}/tocsin.ballast`, release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}

// Before SQLite opens it: its log and index files take the mode of the database.
async function makePrivate(file: string): Promise<void> {
  (await Deno.open(file, { create: true, write: true, mode: 0o600 })).close();
  if (Deno.build.os !== "windows") await Deno.chmod(file, 0o600);
}
