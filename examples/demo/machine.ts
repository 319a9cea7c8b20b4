/**
 * This machine's own counters as events. CPU, load and memory come from the operating system through Deno;
 * Deno has no network counters and keeps /proc closed, so those are read by `cat /proc/net/dev`, which is there
 * on Linux only. A counter that this machine does not have is left out of the events and named in `missing`.
 */
import { cpus } from "node:os";
import type { Clock } from "../../src/base/clock.ts";

/** One event. A member is absent where the machine has no such counter. */
export interface MachineEvent {
  event_type: "machine.sample";
  source: "demo";
  timestamp: number;
  cores: number;
  /** Of all cores together, since the sample before. */
  cpu_percent: number;
  memory_used_percent: number;
  load_1m?: number;
  /** Received and sent over every interface, loopback included, since the sample before. */
  net_bytes_per_s?: number;
}

export interface Machine {
  sample(): Promise<MachineEvent>;
  /** Names of members that samples of this machine lack, with the reason. */
  missing: readonly string[];
}

interface Counters {
  at: number;
  busy: number;
  total: number;
  netBytes: number | undefined;
}

/** Takes a first reading; each sample tells what changed since the one before it. */
export async function openMachine(clock: Clock): Promise<Machine> {
  let before = await readCounters(clock);
  const missing: string[] = [];
  if (before.netBytes === undefined) missing.push("net_bytes_per_s: /proc/net/dev is not there (not Linux?)");
  if (Deno.build.os === "windows") missing.push("load_1m: Windows has no load average");
  return {
    missing,
    async sample() {
      const now = await readCounters(clock);
      const event = eventOf(clock, before, now);
      before = now;
      return event;
    },
  };
}

function eventOf(clock: Clock, before: Counters, now: Counters): MachineEvent {
  const memory = Deno.systemMemoryInfo();
  const ticks = Math.max(1, now.total - before.total);
  const event: MachineEvent = {
    event_type: "machine.sample",
    source: "demo",
    timestamp: clock.now(),
    cores: cpus().length,
    cpu_percent: rounded(100 * (now.busy - before.busy) / ticks),
    memory_used_percent: rounded(100 * (1 - memory.available / memory.total)),
  };
  if (Deno.build.os !== "windows") event.load_1m = rounded(Deno.loadavg()[0]!);
  if (now.netBytes !== undefined && before.netBytes !== undefined) {
    const seconds = Math.max(0.001, (now.at - before.at) / 1000);
    event.net_bytes_per_s = Math.round((now.netBytes - before.netBytes) / seconds);
  }
  return event;
}

async function readCounters(clock: Clock): Promise<Counters> {
  const netBytes = await readNetBytes();
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    total += working + times.idle;
  }
  return { at: clock.monotonic(), busy, total, netBytes };
}

async function readNetBytes(): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const cat = await new Deno.Command("cat", { args: ["/proc/net/dev"], stderr: "null" }).output();
  return cat.success ? sumNetBytes(new TextDecoder().decode(cat.stdout)) : undefined;
}

/** Bytes received and sent over all interfaces, from the text of /proc/net/dev. */
export function sumNetBytes(table: string): number {
  let sum = 0;
  for (const line of table.split("\n")) {
    const [, counters] = line.split(":");
    if (counters === undefined) continue;
    const columns = counters.trim().split(/\s+/).map(Number);
    sum += (columns[0] ?? 0) + (columns[8] ?? 0);
  }
  return sum;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
