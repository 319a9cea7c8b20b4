/** How long durable commits take: the median of the last ones, for the metrics and the bench report. */

const SAMPLES = 512;

export class SyncTimes {
  readonly #ms = new Float64Array(SAMPLES);
  #count = 0;

  add(ms: number): void {
    this.#ms[this.#count++ % SAMPLES] = ms;
  }

  /** Of the last 512 commits, ms; null before the first. */
  p50(): number | null {
    const n = Math.min(this.#count, SAMPLES);
    if (n === 0) return null;
    return this.#ms.slice(0, n).sort()[n >> 1] ?? null;
  }
}
