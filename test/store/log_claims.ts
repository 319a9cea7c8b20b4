/** Claims about EventLog, and about the replies that commit with it. */
import assert from "node:assert/strict";
import type { LogRecord } from "../../src/store/event_log.ts";
import { document, events, NO_LIMIT, pendingReply, T0 } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

const spans = (records: readonly LogRecord[]) => records.map(({ first, count }) => [first, count]);

export function logClaims(claim: Claim): void {
  claim("an empty log begins and ends at 0", async ({ log }) => {
    assert.deepEqual([log.next, log.first, log.lastArrival, await log.bytes()], [0, 0, 0, 0]);
    assert.deepEqual(await log.read(0, NO_LIMIT), []);
    assert.deepEqual(await log.topics(), []);
    assert.deepEqual(await log.gaps(), []);
  });

  claim("a record of n events takes n offsets, any other takes one", async ({ log }) => {
    assert.deepEqual(await log.append([events({ count: 3 }), document("tick"), events({ count: 2 })]), [
      0,
      3,
      4,
    ]);
    assert.deepEqual(await log.append([document("command")]), [6]);
    assert.equal(log.next, 7);
    assert.deepEqual(spans(await log.read(0, NO_LIMIT)), [[0, 3], [3, 1], [4, 2], [6, 1]]);
  });

  claim("a record is read as it was written", async ({ log }) => {
    const written = events({ topic: "t/ü", count: 3, arrival: T0 + 5 });
    await log.append([written]);
    assert.deepEqual(await log.read(0, NO_LIMIT), [{ ...written, first: 0 }]);
    const { body, lines } = (await log.read(0, NO_LIMIT))[0]!;
    const second = new TextDecoder().decode(body.subarray(lines[1], lines[2]! - 1));
    assert.deepEqual(JSON.parse(second), { i: 1, pad: "" });
  });

  claim("bytes of a record may be a view into a larger buffer", async ({ log }) => {
    const { body, ...rest } = events();
    const large = new Uint8Array(body.length + 7);
    large.set(body, 3);
    await log.append([{ ...rest, body: large.subarray(3, 3 + body.length) }]);
    large.fill(0);
    assert.deepEqual((await log.read(0, NO_LIMIT))[0]!.body, body);
  });

  claim("what a reader does to a record does not reach the log", async ({ log }) => {
    await log.append([events()]);
    const [record] = await log.read(0, NO_LIMIT);
    record!.body.fill(0);
    record!.lines.fill(0);
    assert.deepEqual(await log.read(0, NO_LIMIT), [{ ...events(), first: 0 }]);
  });

  claim("append is all or nothing", async ({ log }) => {
    await log.append([events({ count: 2 })]);
    const broken = { ...events(), lines: new Uint32Array([0]) };
    await assert.rejects(log.append([events(), broken], [pendingReply("k")]));
    const failing = { ...pendingReply("k"), body: () => assert.fail("no body") };
    await assert.rejects(log.append([events()], [pendingReply("k"), failing]));
    assert.equal(log.next, 2);
    assert.equal(await log.reply("k", 0), undefined);
    assert.deepEqual(spans(await log.read(0, NO_LIMIT)), [[0, 2]]);
    assert.deepEqual(await log.append([events()]), [2]);
  });

  claim("arrivals do not decrease: append raises one that would", async ({ log }) => {
    await log.append([events({ arrival: 20 }), events({ arrival: 10 })]);
    await log.append([events({ arrival: 15 }), events({ arrival: 30 })]);
    assert.deepEqual((await log.read(0, NO_LIMIT)).map((r) => r.arrival), [20, 20, 20, 30]);
    assert.equal(log.lastArrival, 30);
  });

  claim("read begins with the record that holds the offset", async ({ log }) => {
    await log.append([events({ count: 5 }), events({ count: 5 }), document("tick")]);
    assert.deepEqual(spans(await log.read(4, NO_LIMIT)), [[0, 5], [5, 5], [10, 1]]);
    assert.deepEqual(spans(await log.read(5, NO_LIMIT)), [[5, 5], [10, 1]]);
    assert.deepEqual(spans(await log.read(9, NO_LIMIT)), [[5, 5], [10, 1]]);
    assert.deepEqual(await log.read(11, NO_LIMIT), []);
  });

  claim("read stops at its limits but always gives one record", async ({ log }) => {
    await log.append([events({ size: 100 }), events({ size: 100 }), events({ size: 100 })]);
    const bytes = await log.bytes() / 3;
    assert.deepEqual(spans(await log.read(0, { records: 2, bytes: 1e9 })), [[0, 1], [1, 1]]);
    assert.deepEqual(spans(await log.read(0, { records: 9, bytes: 2 * bytes })), [[0, 1], [1, 1]]);
    assert.deepEqual(spans(await log.read(0, { records: 9, bytes: 2 * bytes - 1 })), [[0, 1]]);
    assert.deepEqual(spans(await log.read(1, { records: 9, bytes: 1 })), [[1, 1]]);
  });

  claim("browse gives records of events only, by topic, time and offset", async ({ log }) => {
    await log.append([
      events({ topic: "a", count: 2, arrival: 10 }),
      document("tick", 15),
      events({ topic: "b", arrival: 20 }),
      events({ topic: "a", arrival: 30 }),
    ]);
    const all = { from_offset: 0, limit: NO_LIMIT };
    assert.deepEqual(spans(await log.browse(all)), [[0, 2], [3, 1], [4, 1]]);
    assert.deepEqual(spans(await log.browse({ ...all, topic: "a" })), [[0, 2], [4, 1]]);
    assert.deepEqual(spans(await log.browse({ ...all, topic: "a", from_offset: 1 })), [[0, 2], [4, 1]]);
    assert.deepEqual(spans(await log.browse({ ...all, from_time: 20, to_time: 30 })), [[3, 1]]);
    assert.deepEqual(spans(await log.browse({ ...all, from_time: 11 })), [[3, 1], [4, 1]]);
    assert.deepEqual(spans(await log.browse({ ...all, topic: "a", from_time: 5, from_offset: 2 })), [[4, 1]]);
    assert.deepEqual(spans(await log.browse({ ...all, limit: { records: 1, bytes: 1e9 } })), [[0, 2]]);
    assert.deepEqual(await log.browse({ ...all, topic: "none" }), []);
  });

  claim("offsetAt is the first record that arrived then or later", async ({ log }) => {
    assert.equal(await log.offsetAt(5), 0);
    const arrivals = [10, 10, 10, 20, 30, 30];
    await log.append(arrivals.map((arrival, i) => events({ count: i + 1, arrival })));
    const firsts = [0, 1, 3, 6, 10, 15];
    for (const at of [0, 9, 10, 11, 20, 25, 30]) {
      assert.equal(
        await log.offsetAt(at),
        firsts[arrivals.findIndex((arrival) => arrival >= at)],
        `at ${at}`,
      );
    }
    assert.equal(await log.offsetAt(31), log.next);
  });

  claim("topics sum up what the log holds", async ({ log }) => {
    await log.append([events({ topic: "b", count: 2, arrival: 1 }), document("rule", 2)]);
    await log.append([events({ topic: "a", arrival: 3 }), events({ topic: "b", count: 3, arrival: 4 })]);
    assert.deepEqual(await log.topics(), [
      { topic: "a", events: 1, first_offset: 3, last_offset: 3, last_arrival: 3 },
      { topic: "b", events: 5, first_offset: 0, last_offset: 6, last_arrival: 4 },
    ]);
  });

  claim("a reply knows the offsets of its append and is kept until it is too old", async (store) => {
    await store.log.append([events({ count: 4 })]);
    await store.log.append([events({ count: 2 }), events()], [pendingReply("k", 100)]);
    const kept = { key: "k", request: "sha-k", status: 202, body: '{"firsts":[4,6]}', created_at: 100 };
    assert.deepEqual(await store.log.reply("k", 100), kept);
    assert.equal(await store.log.reply("k", 101), undefined);
    assert.equal(await store.log.reply("other", 0), undefined);
  });

  claim("a reply may stand alone, be replaced, and be trimmed in slices", async (store) => {
    const reply = (key: string, created_at: number) => ({
      key,
      request: "r",
      status: 201,
      body: "{}",
      created_at,
    });
    for (const at of [1, 2, 3]) await store.keepReply(reply(`k${at}`, at));
    await store.keepReply(reply("k1", 9));
    assert.deepEqual(await store.log.reply("k1", 5), reply("k1", 9));
    assert.equal(await store.trimReplies(9, 1), 1);
    assert.equal(await store.log.reply("k2", 0), undefined);
    assert.equal(await store.trimReplies(9, 10), 1);
    assert.equal(await store.trimReplies(9, 10), 0);
    assert.deepEqual(await store.log.reply("k1", 0), reply("k1", 9));
  });

  trimClaims(claim);
}

function trimClaims(claim: Claim): void {
  const OLD = { arrivedBefore: 1000, bytesMax: Number.MAX_SAFE_INTEGER, keepFrom: 1e9, slice: 100 };

  claim("trim by age deletes whole records from the front and spares keepFrom", async ({ log }) => {
    await log.append([10, 20, 30].map((arrival) => events({ count: 2, arrival })));
    assert.equal(await log.trim({ ...OLD, arrivedBefore: 10 }), 0);
    assert.equal(await log.trim({ ...OLD, arrivedBefore: 30, keepFrom: 3 }), 1);
    assert.deepEqual([log.first, log.next], [2, 6]);
    assert.equal(await log.trim({ ...OLD, arrivedBefore: 30, keepFrom: 4 }), 1);
    assert.deepEqual(spans(await log.read(0, NO_LIMIT)), [[4, 2]]);
  });

  claim("trim by bytes keeps the newest records that fit", async ({ log }) => {
    await log.append([1, 2, 3, 4].map((arrival) => events({ arrival, size: 50 })));
    const each = await log.bytes() / 4;
    const options = { ...OLD, arrivedBefore: 0 };
    assert.equal(await log.trim({ ...options, bytesMax: 4 * each }), 0);
    assert.equal(await log.trim({ ...options, bytesMax: 3 * each - 1 }), 2);
    assert.equal(await log.bytes(), 2 * each);
    assert.equal(log.first, 2);
  });

  claim("trim deletes at most a slice", async ({ log }) => {
    await log.append([1, 2, 3].map((arrival) => events({ arrival })));
    assert.equal(await log.trim({ ...OLD, slice: 2 }), 2);
    assert.equal(await log.trim({ ...OLD, slice: 2 }), 1);
    assert.equal(await log.trim({ ...OLD, slice: 2 }), 0);
  });

  claim("a log trimmed to nothing goes on where it was", async ({ log }) => {
    await log.append([events({ count: 3, arrival: 50 })]);
    await log.trim(OLD);
    assert.deepEqual([log.first, log.next, log.lastArrival, await log.bytes()], [3, 3, 50, 0]);
    assert.deepEqual(await log.append([events({ arrival: 40 })]), [3]);
    assert.equal(log.first, 3);
    assert.equal((await log.read(0, NO_LIMIT))[0]!.arrival, 50);
  });

  claim("topics shrink with the log and go when nothing of them is left", async ({ log }) => {
    await log.append([
      events({ topic: "a", count: 2, arrival: 1 }),
      events({ topic: "b", arrival: 2 }),
      events({ topic: "b", count: 2, arrival: 3 }),
    ]);
    await log.trim({ ...OLD, arrivedBefore: 3 });
    assert.deepEqual(await log.topics(), [
      { topic: "b", events: 2, first_offset: 3, last_offset: 4, last_arrival: 3 },
    ]);
  });
}
