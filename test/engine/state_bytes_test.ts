import assert from "node:assert/strict";
import { ByteReader, ByteWriter } from "../../src/engine/state_bytes.ts";

Deno.test("state bytes: a value of any size may be the one for which the buffer grows", () => {
  for (let padding = 240; padding <= 256; padding++) {
    const out = new ByteWriter();
    for (let i = 0; i < padding; i++) out.u8(1);
    out.f64(0.1);
    out.u32(7);
    out.u8(3);
    out.text("\ud800x");
    const input = new ByteReader(out.finish());
    for (let i = 0; i < padding; i++) input.u8();
    assert.deepEqual([input.f64(), input.u32(), input.u8(), input.text()], [0.1, 7, 3, "\ud800x"]);
    assert(input.atEnd);
  }
});
