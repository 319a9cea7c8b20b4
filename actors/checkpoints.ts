/**
 * Checkpoints: when a host is asked for the state of its actors, and how that becomes snapshots. Chunks are
 * staged as they come; the manifests are published behind the frames that the host sent before
 * (INVARIANTS 2). A full disk delays a checkpoint and loses nothing.
 */
import { present } from "../src/base/assert.ts";
import { type Clock, sleep } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import { STATE_FORMAT } from "../src/engine/snapshot.ts";
import { StorageBusyError, StorageFullError } from "../src/store/event_log.ts";
import type { Manifest, SnapshotChunk, SnapshotStore } from "../src/store/snapshot_store.ts";
import type { EffectWriter } from "./effect_writer.ts";
import type { Host } from "./host.ts";
import type { LiveRule } from "./live_rule.ts";
import type { SnapshotNumbers } from "./snapshot_numbers.ts";
import type { Checkpointed, FromHost, StateManifest } from "./messages.ts";

/** A replay of this many offsets takes about 2 s. */
const OFFSETS_MAX = 1_000_000;
const INTERVAL_MS = 60_000;
const RETRY_MS = 1000;

interface Course {
  /** Offset of the last published checkpoint. */
  offset: number;
  at: number;
  running: number | null;
  staging: Promise<void>;
  done: PromiseWithResolvers<void> | null;
}

export interface CheckpointsOptions {
  snapshots: SnapshotStore;
  numbers: SnapshotNumbers;
  writer: EffectWriter;
  clock: Clock;
  logger: Logger;
  /** The rule of a handle, when it still runs as that incarnation. */
  ruleOf(handle: number, incarnation: number): LiveRule | undefined;
  onFatal(error: unknown): void;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #courses = new WeakMap<Host, Course>();
  #stopped = false;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Asks `host` for a checkpoint when enough has happened since its last one. */
  consider(host: Host): void {
    const course = this.#course(host);
    const progress = this.#options.writer.committed(host) - course.offset;
    const waited = this.#options.clock.monotonic() - course.at;
    if (progress >= OFFSETS_MAX || (progress > 0 && waited >= INTERVAL_MS)) void this.request(host);
  }

  /** Asks for a checkpoint now; resolves when it is published or given up. */
  request(host: Host): Promise<void> {
    const course = this.#course(host);
    if (!host.attached) return Promise.resolve();
    if (course.done === null) {
      course.done = Promise.withResolvers();
      course.running = this.#options.numbers.next();
      host.send({ kind: "checkpoint", id: course.running });
    }
    return course.done.promise;
  }

  /** Takes a host's messages about its checkpoint. */
  take(host: Host, message: Extract<FromHost, { kind: "chunks" | "checkpointed" }>): void {
    const course = this.#course(host);
    if (course.running !== message.checkpoint) return;
    if (message.kind === "chunks") {
      const chunks = message.chunks.flatMap((chunk): SnapshotChunk[] => {
        const live = this.#options.ruleOf(chunk.handle, chunk.incarnation);
        if (live === undefined) return [];
        const { partition } = chunk;
        const bytes = new Uint8Array(chunk.bytes);
        return [{ rule_id: live.ruleId, snapshot: message.checkpoint, partition, bytes }];
      });
      course.staging = course.staging.then(() => this.#persist(() => this.#options.snapshots.stage(chunks)));
    } else {
      course.staging = course.staging.then(() => this.#publish(host, course, message));
    }
  }

  /** A host left the feed or is gone: its checkpoint will not come. */
  abandon(host: Host): void {
    const course = this.#course(host);
    course.running = null;
    course.done?.resolve();
    course.done = null;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #publish(
    host: Host,
    course: Course,
    message: Checkpointed,
  ): Promise<void> {
    const { writer, snapshots } = this.#options;
    await writer.task(async () => {
      const manifests = message.manifests.flatMap((state) => this.#manifest(state, message));
      const floor = message.floor === null ? null : { slot: host.floor, offset: message.floor };
      await this.#persist(async () => {
        const outcomes = await snapshots.publish(manifests, floor);
        const early = outcomes.filter((outcome) => outcome === "early").length;
        if (early > 0) this.#options.logger.warn("snapshots came before their effects", { early });
      });
    });
    if (course.running !== message.checkpoint) return;
    course.offset = message.offset;
    course.at = this.#options.clock.monotonic();
    this.abandon(host);
  }

  #manifest(state: StateManifest, message: { checkpoint: number; offset: number }): Manifest[] {
    const live = this.#options.ruleOf(state.handle, state.incarnation);
    if (live === undefined) return [];
    const before = live.partitions;
    live.partitions = new Map(state.partitions.map(({ partition, changed }) => [
      partition,
      changed ? message.checkpoint : present(before.get(partition), "the chunk of an unchanged partition"),
    ]));
    return [{
      rule_id: live.ruleId,
      snapshot: message.checkpoint,
      offset: message.offset,
      generation: state.generation,
      rule_version: state.rule_version,
      format: STATE_FORMAT,
      partitions: [...live.partitions].map(([partition, snapshot]) => ({ partition, snapshot })),
    }];
  }

  async #persist(work: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StorageFullError || error instanceof StorageBusyError)) {
          return this.#options.onFatal(error);
        }
        await sleep(this.#options.clock, RETRY_MS);
      }
    }
  }

  #course(host: Host): Course {
    let course = this.#courses.get(host);
    if (course === undefined) {
      const offset = this.#options.writer.committed(host);
      course = {
        offset,
        at: this.#options.clock.monotonic(),
        running: null,
        staging: Promise.resolve(),
        done: null,
      };
      this.#courses.set(host, course);
    }
    return course;
  }
}
