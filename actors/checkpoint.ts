/**
 * A checkpoint as its host makes it: the changed partitions of all joined actors as of one offset, sent in
 * pieces while the actors go on (copy-on-write in engine/snapshot.ts). Actors that did not change since
 * their last snapshot are covered by the offset alone.
 */
import { present } from "../src/base/assert.ts";
import type { Plan } from "../src/engine/plan.ts";
import { beginSnapshot, type SnapshotWriter } from "../src/engine/snapshot.ts";
import type { FromHost, PartitionChunk, StateManifest } from "./messages.ts";
import type { RuleActor } from "./rule_actor.ts";

/** Bytes of one message of chunks. */
const MESSAGE_BYTES = 256 * 1024;

export class Checkpoint {
  readonly #id: number;
  readonly #offset: number;
  readonly #writers = new Map<RuleActor, SnapshotWriter>();
  readonly #manifests: StateManifest[] = [];
  /** The plan that each state belongs to. */
  readonly #plans = new Map<RuleActor, Plan>();
  #floor: number | null;
  #chunks: PartitionChunk[] = [];
  #bytes = 0;

  /** Marks the state of `actors` as of now: `offset` is where they stand. */
  constructor(id: number, offset: number, actors: readonly RuleActor[]) {
    this.#id = id;
    this.#offset = offset;
    this.#floor = offset;
    for (const actor of actors) {
      if (!actor.state.unsaved) continue;
      this.#writers.set(actor, beginSnapshot(actor.state));
      this.#plans.set(actor, actor.rule.plan);
    }
  }

  /** Works until `expired` says stop; true when everything was sent. */
  work(
    expired: () => boolean,
    send: (message: FromHost) => void,
    onError: (actor: RuleActor, error: unknown) => void,
  ): boolean {
    for (const [actor, writer] of this.#writers) {
      try {
        if (!this.#write(actor, writer, expired, send)) return false;
      } catch (error) {
        this.#writers.delete(actor);
        onError(actor, error);
      }
    }
    this.#flush(send);
    send({
      kind: "checkpointed",
      checkpoint: this.#id,
      offset: this.#offset,
      floor: this.#floor,
      manifests: this.#manifests,
    });
    return true;
  }

  /** An actor joined whose state is not looked at here: the offset does not speak for all any more. */
  someoneJoined(): void {
    this.#floor = null;
  }

  /** The actor is gone: its part is left out. */
  forget(actor: RuleActor): void {
    this.#writers.delete(actor);
  }

  #write(
    actor: RuleActor,
    writer: SnapshotWriter,
    expired: () => boolean,
    send: (message: FromHost) => void,
  ): boolean {
    const { handle, incarnation } = actor;
    for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) {
      const { partition } = chunk;
      this.#chunks.push({ handle, incarnation, partition, bytes: wholeBuffer(chunk.bytes) });
      this.#bytes += chunk.bytes.byteLength;
      if (this.#bytes >= MESSAGE_BYTES) this.#flush(send);
      if (expired()) return false;
    }
    const { rule_version, generation } = present(this.#plans.get(actor), "the plan of a state");
    this.#manifests.push({ handle, incarnation, rule_version, generation, partitions: writer.partitions });
    writer.end("published");
    this.#writers.delete(actor);
    return true;
  }

  #flush(send: (message: FromHost) => void): void {
    if (this.#chunks.length === 0) return;
    send({ kind: "chunks", checkpoint: this.#id, chunks: this.#chunks });
    this.#chunks = [];
    this.#bytes = 0;
  }
}

/** Exactly these bytes as a buffer of their own. */
function wholeBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : bytes.slice().buffer;
}
