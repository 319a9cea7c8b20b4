/**
 * Main's side of one rule worker: starts it, sends it messages, wakes it, stops it. All shared words are
 * fresh for each incarnation, so nothing that an old one still does can reach a new one.
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { randomId } from "../src/base/ids.ts";
import type { RingMemory } from "../src/batch/ring.ts";
import { ControlBlock } from "./control_block.ts";
import type { Host, HostListener } from "./host.ts";
import type { FromHost, ToHost } from "./messages.ts";
import type { WorkerBoot } from "./worker_boot.ts";

/** Heap of one worker, MB. Past it the worker dies alone. */
export const WORKER_HEAP_MB = 512;

export interface WorkerHostOptions {
  slot: number;
  owner: number;
  floor: number;
  ring: RingMemory;
  tokens: SharedArrayBuffer;
  entry: URL;
  heapMb: number;
  listener: HostListener;
  /** The worker ended by itself: error or exit. */
  onDeath(host: WorkerHost, reason: string): void;
}

export class WorkerHost implements Host {
  readonly slot: number;
  readonly owner: number;
  readonly floor: number;
  readonly block = new ControlBlock();
  attached = false;
  leaving = false;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  #sent = 0;
  #taken = 0;
  #ended = false;

  constructor(options: WorkerHostOptions) {
    this.slot = options.slot;
    this.owner = options.owner;
    this.floor = options.floor;
    this.block.nextDue = this.block.nextDueTime = Infinity;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const boot: WorkerBoot = {
      tocsin: "rule_worker",
      slot: options.slot,
      owner: options.owner,
      lock: `tocsin-rule-worker-${randomId()}`,
      ring: options.ring,
      control: this.block.memory,
      tokens: options.tokens,
      port: port2,
    };
    this.#worker = new Worker(options.entry, {
      workerData: boot,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb },
    });
    this.#worker.on("message", (message: FromHost) => {
      if (message.kind === "detached") this.leaving = false;
      if (message.kind === "taken") this.#taken = message.number;
      else if (!this.#ended) options.listener(this, message);
    });
    const died = (reason: string) => {
      if (this.#ended) return;
      this.#end();
      options.onDeath(this, reason);
    };
    this.#worker.on("error", (error: Error & { code?: string }) => died(error.code ?? error.message));
    this.#worker.on("exit", (code: number) => died(`exit ${code}`));
  }

  get untaken(): number {
    return this.#sent - this.#taken;
  }

  get nextDue(): number {
    return this.block.nextDue;
  }

  send(message: ToHost, options = { ordered: false }): number {
    this.#sent++;
    // Its end is told a moment later (FleetListener.onLost): what is said until then is said to nobody.
    if (this.#ended) return this.#sent;
    this.#port.postMessage({ number: this.#sent, ordered: options.ordered, message });
    this.block.sent = this.#sent;
    this.block.wake();
    return this.#sent;
  }

  acknowledge(frame: number): void {
    this.block.acked = frame;
    this.block.wake();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks it to leave its loop; it sends nothing further. */
  stop(): void {
    this.block.stop();
  }

  async terminate(): Promise<void> {
    this.#end();
    await this.#worker.terminate();
  }

  #end(): void {
    this.#ended = true;
    this.attached = false;
    this.block.joined = false;
    this.block.stop();
    this.#port.close();
  }
}
