/**
 * Checkpoints without stalling the thread that serves. The maintenance worker does the bulk; whatever was
 * written meanwhile is moved by the writing connection itself, which alone can finish under a steady load:
 * once nothing is left, the next write begins the log anew. One checkpoint runs at a time, and closing
 * waits for it, so that no lock outlives the worker.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Connection } from "./connection.ts";
import type { MaintenanceReply, MaintenanceRequest } from "./_maintenance_worker.ts";

export interface Checkpointer {
  /** A second call while one runs shares it. */
  run(): Promise<void>;
  close(): Promise<void>;
}

// About 4 MB: more than that is left to the worker's next round.
const PAGES_LEFT_MAX = 1024;

export function createCheckpointer(options: { file: string; db: Connection }): Checkpointer {
  let worker: Worker | null = null;
  let running: Promise<void> | null = null;

  const checkpoint = async () => {
    worker ??= new Worker(new URL("./_maintenance_worker.ts", import.meta.url), {
      workerData: { file: options.file },
    });
    const { left, error } = await ask(worker, "checkpoint");
    if (error !== null) throw new Error(`Cannot checkpoint the store: ${error}`);
    if (left <= PAGES_LEFT_MAX) options.db.checkpoint();
  };

  return {
    run() {
      running ??= checkpoint().finally(() => running = null);
      return running;
    },
    async close() {
      await running?.catch(() => {});
      if (worker === null) return;
      // A worker that has failed has no connection left to close.
      await ask(worker, "close").catch(() => {});
      await worker.terminate();
      worker = null;
    },
  };
}

async function ask(worker: Worker, request: MaintenanceRequest): Promise<MaintenanceReply> {
  const replied = once(worker, "message");
  worker.postMessage(request);
  const [reply] = await replied;
  return reply as MaintenanceReply;
}
