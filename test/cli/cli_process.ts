/** Runs the command line as a process, with the permissions of `deno task tocsin`. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export async function tocsin(
  args: readonly string[],
  { url, stdin = "" }: { url?: string; stdin?: string } = {},
): Promise<Ended> {
  const root = new URL("../..", import.meta.url);
  const permissions = ["--no-prompt", "--no-check", "--allow-read", "--allow-net", "--allow-env"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, `--allow-run=${Deno.execPath()}`, "cli.ts", ...args],
    cwd: root,
    env: { TOCSIN_URL: url ?? "http://127.0.0.1:1", NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A command that reads no input may end before it is written.
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
