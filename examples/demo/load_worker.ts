/// <reference lib="deno.worker" />
/** Keeps one core busy for the milliseconds that it is sent, then ends. */
import { systemClock } from "../../src/base/clock.ts";

self.onmessage = ({ data }: MessageEvent<number>) => {
  const end = systemClock.monotonic() + data;
  while (systemClock.monotonic() < end);
  self.close();
};
