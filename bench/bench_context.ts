/**
 * What the cases share: the clock, the sizes of this run, and the programs beside the server, each started
 * when first asked for. Everything is ended and every directory removed when the context is disposed.
 */
import type { Clock } from "../src/base/clock.ts";
import type { ClientFloorReply, ClientFloorRequest } from "./floor/client_floor.ts";
import type { HttpFloorReply } from "./floor/http_floor.ts";
import type { LogFloorReply, LogFloorRequest } from "./floor/log_floor.ts";
import type { SyncFloorReply, SyncFloorRequest } from "./floor/sync_floor.ts";
import type { LoadReply, LoadRequest } from "./load/mod.ts";
import { type Program, startProgram } from "./program.ts";
import { startTestedServer, type TestedServer } from "./tested_server.ts";

export interface Sizes {
  /** Measured rounds, after one that is not. */
  rounds: number;
  bodies: number;
  events_per_body: number;
  singles: number;
  /** Of one round. */
  deliveries: number;
  paced_seconds: number;
  warm_up_seconds: number;
  idle_rules: number;
  /** Keys of one windowed rule, and the rounds of random keys that bring nearly all of them. */
  keys: number;
  filling_rounds: number;
  /** Measured rounds whose values all stand in one percentile. */
  percentile_rounds: number;
}

export const FULL: Sizes = {
  rounds: 3,
  bodies: 20,
  events_per_body: 50_000,
  singles: 200_000,
  deliveries: 20_000,
  paced_seconds: 20,
  warm_up_seconds: 5,
  idle_rules: 5000,
  keys: 1_000_000,
  filling_rounds: 5,
  percentile_rounds: 9,
};

export const QUICK: Sizes = {
  rounds: 1,
  bodies: 4,
  events_per_body: 50_000,
  singles: 50_000,
  deliveries: 3000,
  paced_seconds: 5,
  warm_up_seconds: 2,
  idle_rules: 500,
  keys: 50_000,
  filling_rounds: 1,
  percentile_rounds: 1,
};

export interface BenchContext extends AsyncDisposable {
  readonly clock: Clock;
  readonly sizes: Sizes;
  /** Disposed while a case was still running: what fails then is no finding. */
  readonly isClosed: boolean;
  load(): Program<LoadRequest, LoadReply>;
  logFloor(): Program<LogFloorRequest, LogFloorReply>;
  clientFloor(): Program<ClientFloorRequest, ClientFloorReply>;
  httpFloor(): Program<"port", HttpFloorReply>;
  syncFloor(): Program<SyncFloorRequest, SyncFloorReply>;
  /** An empty directory. */
  directory(): string;
  /** A server on `data`, or on a directory of its own. */
  server(data?: string): Promise<TestedServer>;
  say(text: string): void;
}

export function openContext(
  options: { clock: Clock; sizes: Sizes; say: (text: string) => void },
): BenchContext {
  const { clock, sizes, say } = options;
  Deno.mkdirSync("data", { recursive: true });
  const root = Deno.makeTempDirSync({ dir: "data", prefix: "bench-" });
  const started = new AsyncDisposableStack();
  const servers = new Set<TestedServer>();
  const directory = () => Deno.makeTempDirSync({ dir: root });
  let closing: Promise<void> | null = null;
  const close = async () => {
    await Promise.all([...servers].map((server) => server.kill()));
    await started.disposeAsync();
    Deno.removeSync(root, { recursive: true });
  };
  const local = "--allow-net=127.0.0.1";
  return {
    clock,
    sizes,
    get isClosed() {
      return closing !== null;
    },
    load: once(() => started.use(startProgram(clock, { file: "load/mod.ts", allow: [local] }))),
    logFloor: once(() => {
      const allow = [`--allow-read=${root}`, `--allow-write=${root}`];
      const args = [`${directory()}/floor.db`];
      return started.use(startProgram(clock, { file: "floor/log_floor.ts", allow, args }));
    }),
    clientFloor: once(() =>
      started.use(startProgram(clock, { file: "floor/client_floor.ts", allow: [local] }))
    ),
    httpFloor: once(() => started.use(startProgram(clock, { file: "floor/http_floor.ts", allow: [local] }))),
    syncFloor: once(() => {
      const allow = [`--allow-read=${root}`, `--allow-write=${root}`];
      const args = [`${directory()}/sync_floor`];
      return started.use(startProgram(clock, { file: "floor/sync_floor.ts", allow, args }));
    }),
    directory,
    async server(data = directory()) {
      const server = await startTestedServer(clock, { data });
      servers.add(server);
      return server;
    },
    say,
    [Symbol.asyncDispose]: () => closing ??= close(),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
