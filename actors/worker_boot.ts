/** What a rule worker is started with. */
import type { MessagePort } from "node:worker_threads";
import type { RingMemory } from "../src/batch/ring.ts";

export interface WorkerBoot {
  tocsin: "rule_worker";
  /** Place in the candidate lists of batches, 0 to the budget. */
  slot: number;
  /** Number of this incarnation, unique in the process: owner of run tokens. */
  owner: number;
  /** Name of the Web Lock that it holds, unlike any other. */
  lock: string;
  ring: RingMemory;
  control: SharedArrayBuffer;
  tokens: SharedArrayBuffer;
  /** Messages from main. */
  port: MessagePort;
}
