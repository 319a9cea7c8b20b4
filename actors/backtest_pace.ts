/**
 * How fast a backtest goes beside live work, which goes first: while live rules lag it stands still, and while many
 * events come in its Worker rests after each piece, so that it takes no more than an eighth of the machine's cores.
 * Otherwise it goes as fast as it can. A cancelled backtest waits for nothing.
 */
import { type Clock, sleep, turn } from "../src/base/clock.ts";

/** While live rules lag by more offsets than these, a backtest waits. */
export const LAG_MAX = 20_000;
/** Events a second that come in, beyond which a backtest rests. */
export const LIVE_EVENTS_PER_SECOND = 10_000;
const CORES_PER_BACKTEST = 8;
const WAIT_MS = 10;
/** Over which events that come in are counted: they are committed in lumps. */
const LOOK_MS = 250;

export interface BacktestPaceParts {
  clock: Clock;
  /** Offsets that the slowest live rule is behind. */
  lag(): number;
  /** The next offset of the log. */
  head(): number;
  cores: number;
}

export class BacktestPace {
  readonly #p: BacktestPaceParts;
  #looked: { at: number; head: number };
  #isBusy = false;
  /** What the Worker has spent since it rested, ms. */
  #spent = 0;

  constructor(parts: BacktestPaceParts) {
    this.#p = parts;
    this.#looked = { at: parts.clock.monotonic(), head: parts.head() };
  }

  /** The Worker was busy for so long. */
  spent(ms: number): void {
    this.#spent += ms;
  }

  /** Resolves when a further piece may go to the Worker. @throws the reason of `signal` */
  async next(signal: AbortSignal): Promise<void> {
    const { clock, lag, cores } = this.#p;
    await turn(clock);
    signal.throwIfAborted();
    while (lag() > LAG_MAX) await sleep(clock, WAIT_MS, signal);
    this.#look();
    const spent = this.#spent;
    this.#spent = 0;
    const rest = spent * Math.max(0, CORES_PER_BACKTEST / cores - 1);
    if (this.#isBusy && rest >= 1) await sleep(clock, rest, signal);
  }

  #look(): void {
    const at = this.#p.clock.monotonic();
    const ms = at - this.#looked.at;
    if (ms < LOOK_MS) return;
    const head = this.#p.head();
    this.#isBusy = (head - this.#looked.head) / ms * 1000 > LIVE_EVENTS_PER_SECOND;
    this.#looked = { at, head };
  }
}
