/**
 * The binary form of state partitions: format, then what the whole rule or each key of a partition holds, in the
 * order in which rule_state.ts names the operators.
 */
import type { RuleState } from "./rule_state.ts";
import { ByteReader, ByteWriter, StateFormatError } from "./state_bytes.ts";

const FORMAT = 3;

/** What belongs to no key. */
export function writeRule(state: RuleState): Uint8Array {
  const out = headed();
  const { minute, keys, clock, schedule } = state;
  for (const value of [minute.minute, minute.alerts, minute.suppressed, keys.nextSeq]) out.f64(value);
  clock?.write(out);
  schedule?.write(out);
  state.calls?.write(out);
  return out.finish();
}

export function readRule(state: RuleState, bytes: Uint8Array): void {
  const input = checked(bytes);
  state.minute.minute = input.f64();
  state.minute.alerts = input.f64();
  state.minute.suppressed = input.f64();
  state.keys.nextSeq = input.f64();
  state.clock?.read(input);
  state.schedule?.read(input);
  state.calls?.read(input);
  atEnd(input);
}

/** A partition of `count` keys, which `each` writes by {@linkcode writeKey}. */
export function writePartition(count: number, each: (out: ByteWriter) => void): Uint8Array {
  const out = headed();
  out.u32(count);
  each(out);
  return out.finish();
}

export function writeKey(state: RuleState, slot: number, out: ByteWriter): void {
  const { text, tags, seq, touched } = state.keys.entry(slot);
  out.text(text);
  out.text(tags);
  out.f64(seq);
  out.f64(touched);
  for (const operator of operators(state)) operator?.write(slot, out);
}

/** Takes the keys of a partition into a state that was read by `readRule` before. */
export function readKeys(state: RuleState, bytes: Uint8Array): void {
  const input = checked(bytes);
  for (let keys = input.u32(); keys > 0; keys--) {
    const entry = { text: input.text(), tags: input.text(), seq: input.f64(), touched: input.f64() };
    const slot = state.keys.load(entry);
    state.open(slot);
    for (const operator of operators(state)) operator?.read(slot, input);
    state.setTimers(slot);
  }
  atEnd(input);
}

function operators({ cooldown, past, window, arrivals, hold, anomaly, pattern }: RuleState) {
  return [cooldown, past, window, (window ?? pattern) && arrivals, hold, anomaly, pattern];
}

function headed(): ByteWriter {
  const out = new ByteWriter();
  out.u32(FORMAT);
  return out;
}

function checked(bytes: Uint8Array): ByteReader {
  const input = new ByteReader(bytes);
  const format = input.u32();
  if (format !== FORMAT) {
    throw new StateFormatError(`Cannot read state of format ${format} as format ${FORMAT}`);
  }
  return input;
}

function atEnd(input: ByteReader): void {
  if (!input.atEnd) throw new StateFormatError("a state partition is longer than what it holds");
}
