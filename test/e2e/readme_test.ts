/**
 * The quick start of the README, run as it is written: its own receiver, `deno task start`, its requests.
 * Only ports and the data directory are other ones, and Deno is the one that runs the test.
 */
import assert from "node:assert/strict";
import { ServerProcess } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const DENO = /npx -y deno@[\d.]+/g;
// The README's requests, where curl is not installed.
const CURL =
  `command -v curl > /dev/null || curl() { "$0" run --allow-net=127.0.0.1 test/e2e/curl.ts "$@"; }`;

Deno.test("README: the quick start does what it says", async () => {
  const [receiverBlock, startBlock, ...requestBlocks] = quickStart();
  using data = temporaryDirectory();
  const receiverPort = freePort();
  await using receiver = new Shell(
    receiverBlock!.replace(DENO, 'exec "$0"').replace("9000", String(receiverPort)),
  );
  await receiver.until((said) => said.includes("Listening on"));
  const start = startBlock!.trim().replace(DENO, `exec "${Deno.execPath()}"`);
  const server = new ServerProcess({ data: data.path, wrap: () => ["/bin/sh", "-c", start] });
  try {
    const requests = requestBlocks.join("\n")
      .replace("http://127.0.0.1:8080", await server.origin)
      .replace("127.0.0.1:9000", `127.0.0.1:${receiverPort}`);
    await using client = new Shell(`set -e\n${CURL}\n${requests}`);
    assert.equal(await client.ended, 0, client.said);
    await receiver.until((said) => said.includes("cpu 97 on a") && said.includes("cpu 95 on b"));
    const { items } = await server.call<{ items: { message: string }[] }>("GET", "/api/v1/alerts");
    assert.deepEqual(items.map(({ message }) => message).sort(), ["cpu 95 on b", "cpu 97 on a"]);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

/** The shell blocks of the section. */
function quickStart(): string[] {
  const section = Deno.readTextFileSync("README.md").split("\n## Quick start\n")[1]!.split("\n## ")[0]!;
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((block) => block[1]!);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A shell script that runs beside the test; `$0` is Deno. Disposing ends it. */
class Shell implements AsyncDisposable {
  said = "";
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #alive = true;
  #onText = Promise.withResolvers<void>();

  constructor(script: string) {
    this.#child = new Deno.Command("/bin/sh", {
      args: ["-c", `exec 2>&1\n${script}`, Deno.execPath()],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
    this.ended = this.#child.status.then(({ code }) => {
      this.#alive = false;
      return code;
    });
  }

  async until(condition: (said: string) => boolean): Promise<void> {
    while (!condition(this.said)) await this.#onText.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#alive) this.#child.kill("SIGKILL");
    await this.ended;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.said += text;
      this.#onText.resolve();
      this.#onText = Promise.withResolvers();
    }
  }
}
