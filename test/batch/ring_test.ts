/** Claims about the ring: order, bounds, wrapping numbers, and that a torn read is always noticed. */
import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import {
  createRingMemory,
  distance,
  emptySlot,
  RingReader,
  type RingSize,
  RingWriter,
  SLOT,
  type Slot,
} from "../../src/batch/ring.ts";
import { checksum, type LappedReport } from "./ring_lapped_worker.ts";

const SMALL: RingSize = { slots: 8, arena: 1024 };

function ring(size: RingSize = SMALL, head = 0): { writer: RingWriter; reader: RingReader } {
  const memory = createRingMemory(size);
  new Int32Array(memory.words, 0, 2).fill(head);
  return { writer: new RingWriter(memory), reader: new RingReader(memory) };
}

function batchSlot(first: number, next = first + 1): Slot {
  return { ...emptySlot(), kind: SLOT.batch, topic: 3, first, next, arrival: 1000 + first };
}

function read(reader: RingReader, seq: number): { slot: Slot; bytes: number[] } {
  const slot = emptySlot();
  reader.slot(seq, slot);
  return { slot, bytes: [...reader.bytes(seq)!] };
}

function write(writer: RingWriter, first: number, bytes: number): void {
  writer.write(batchSlot(first), bytes, (target) => target.fill(first & 0xff));
}

Deno.test("ring: a slot is read as it was written", () => {
  const { writer, reader } = ring();
  const slot: Slot = {
    ...{ kind: SLOT.control, topic: -1, internal: 1, worker: 7, message: 2 ** 31 - 1 },
    ...{ first: 2 ** 52, next: 2 ** 52 + 9, arrival: 1_800_000_000_123 },
  };
  writer.write(slot);
  assert.deepEqual(read(reader, 0).slot, slot);
  assert.equal(reader.head, 1);
  assert.equal(reader.intact(0), true);
});

Deno.test("ring: bytes of batches lie apart and aligned until the arena comes round", () => {
  const { writer, reader } = ring();
  for (let i = 0; i < 6; i++) write(writer, i, 100 + i);
  for (let i = 0; i < 6; i++) {
    assert.equal(reader.intact(i), true);
    assert.equal(reader.bytes(i)!.byteOffset % 8, 0);
    assert.deepEqual(read(reader, i).bytes, Array(100 + i).fill(i));
  }
});

Deno.test("ring: a batch never wraps, whatever sizes came before", () => {
  const { writer, reader } = ring({ slots: 64, arena: 1024 });
  for (let i = 0; i < 2000; i++) {
    const bytes = 1 + (i * 37) % 128;
    write(writer, i, bytes);
    const piece = reader.bytes(i)!;
    assert.ok(piece.byteOffset + bytes <= 1024);
    assert.deepEqual([...piece], Array(bytes).fill(i & 0xff));
  }
});

Deno.test("ring: all that stays above the tail is whole, whatever was overwritten below", () => {
  const { writer, reader } = ring({ slots: 16, arena: 1024 });
  for (let i = 0; i < 500; i++) {
    write(writer, i, 1 + (i * 53) % 128);
    for (let seq = writer.tail; seq < writer.head; seq++) {
      const { slot, bytes } = read(reader, seq);
      assert.equal(slot.first, seq);
      assert.ok(bytes.every((byte) => byte === (seq & 0xff)));
    }
  }
});

Deno.test("ring: tailAfter tells beforehand what a write gives up", () => {
  const { writer } = ring({ slots: 16, arena: 1024 });
  for (let i = 0; i < 300; i++) {
    const bytes = (i * 31) % 129;
    const announced = writer.tailAfter(bytes);
    write(writer, i, bytes);
    assert.equal(writer.tail, announced);
  }
});

Deno.test("ring: slots run out before bytes when records are small, and the oldest one goes", () => {
  const { writer, reader } = ring();
  for (let i = 0; i < SMALL.slots; i++) writer.write(batchSlot(i));
  assert.equal(reader.intact(0), true);
  assert.equal(writer.tailAfter(0), 1);
  writer.write(batchSlot(8));
  assert.equal(reader.intact(0), false);
  assert.equal(reader.intact(1), true);
});

Deno.test("ring: a batch that was given up is not intact, even if nothing was written over it yet", () => {
  const { writer, reader } = ring();
  for (let i = 0; i < 7; i++) write(writer, i, 128);
  assert.equal(writer.tailAfter(128), 0);
  write(writer, 7, 128);
  assert.equal(writer.tailAfter(8), 1);
  writer.write(batchSlot(8), 8, (target) => {
    assert.equal(reader.intact(0), false, "the tail moves before the bytes are touched");
    target.fill(8);
  });
});

Deno.test("ring: a batch larger than an eighth of the arena is refused", () => {
  const { writer } = ring();
  assert.throws(() => writer.write(batchSlot(0), 129, () => {}), /fits/);
});

Deno.test("ring: sequence numbers go on through the end of 32 bits", () => {
  const start = 2 ** 31 - 20;
  const { writer, reader } = ring(SMALL, start);
  let seq = start;
  for (let i = 0; i < 100; i++) {
    write(writer, i, 1 + (i % 120));
    assert.equal(reader.intact(seq), true);
    assert.equal(read(reader, seq).slot.first, i);
    assert.equal(reader.intact((seq - SMALL.slots) | 0), false);
    seq = (seq + 1) | 0;
    assert.equal(reader.head, seq);
    assert.ok(distance(writer.head, writer.tail) <= SMALL.slots);
  }
  assert.ok(seq < 0, "the number wrapped");
});

Deno.test("ring: bytes of a slot whose words were mixed by the writer are null, never a throw", () => {
  const memory = createRingMemory(SMALL);
  const reader = new RingReader(memory);
  new Int32Array(memory.words, 64).set([0, 0, 0, 0, 0, 1016, 16]);
  assert.equal(reader.bytes(0), null);
});

Deno.test("ring: a reader that is lapped thousands of times never accepts a torn batch", async () => {
  const memory = createRingMemory({ slots: 16, arena: 8192 });
  const writer = new RingWriter(memory);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./ring_lapped_worker.ts", import.meta.url), {
    workerData: { memory, stop: stop.buffer },
  });
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  const { promise: report, resolve: reported } = Promise.withResolvers<LappedReport>();
  worker.on(
    "message",
    (message: "ready" | LappedReport) => message === "ready" ? isReady() : reported(message),
  );
  await ready;
  const records = 400_000;
  for (let i = 0; i < records; i++) {
    const bytes = 16 + 8 * (i % 120);
    writer.write(batchSlot(i), bytes, (target) => checksum.fill(target, i));
  }
  Atomics.store(stop, 0, 1);
  const found = await report;
  await worker.terminate();
  assert.equal(found.accepted_torn, 0);
  assert.ok(found.accepted > 0, "some reads were whole");
  assert.ok(found.noticed > 0, `some reads were lapped: ${JSON.stringify(found)}`);
  assert.ok(found.noticed_torn > 0, `some of them were torn: ${JSON.stringify(found)}`);
});
