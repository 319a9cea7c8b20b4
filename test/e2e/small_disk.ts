/**
 * A server whose data lies on a small file system of its own: a tmpfs in a mount namespace that ends with the
 * server. Others reach it as /proc/PID/root.
 */
import type { LaunchOptions, ServerProcess } from "./server_process.ts";

const FILLER = "filler";

/** The `wrap` of a server whose data directory `data` is a file system of `mebibytes`. */
export function onSmallDisk(data: string, mebibytes: number): NonNullable<LaunchOptions["wrap"]> {
  const mount = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$0" && exec "$@"`;
  return (
    command,
  ) => ["/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", mount, data, ...command];
}

/** Takes all space that is left, until {@linkcode freeDisk}. */
export async function fillDisk(server: ServerProcess, data: string): Promise<void> {
  // Writing ends where the disk does, so the exit code says nothing.
  await run(server, data, `cat /dev/zero >> "$0/${FILLER}"`);
}

export async function freeDisk(server: ServerProcess, data: string): Promise<void> {
  await run(server, data, `rm "$0/${FILLER}"`);
}

async function run(server: ServerProcess, data: string, script: string): Promise<void> {
  const args = ["-c", script, `/proc/${server.pid}/root${data}`];
  await new Deno.Command("/bin/sh", { args, stdin: "null", stderr: "null" }).output();
}
