/**
 * A store that fails on purpose: it counts the calls that reach it and fails one of them before anything
 * is done. `full` fails that call alone; `crash` fails it and every later one, as a killed process would:
 * what was committed before stays in the store underneath, which a test then opens again.
 */
import { StorageFullError } from "../../src/store/event_log.ts";
import type { Store } from "../../src/store/store.ts";

/** The process is dead as far as the code under test can tell. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";
}

export interface Fault {
  kind: "full" | "crash";
  /** Fails before the nth call from now, counted from 1; null: never. */
  at: number | null;
}

export interface FaultStore {
  store: Store;
  /** Calls that were made so far. */
  calls(): number;
  /** Whether the fault has happened. */
  failed(): boolean;
}

/** `inner`, with a fault. Closing it is not counted and always works. */
export function createFaultStore(inner: Store, fault: Fault): FaultStore {
  let calls = 0;
  const before = (name: string) => {
    calls++;
    if (fault.at === null || calls < fault.at) return;
    if (fault.kind === "crash") throw new SimulatedCrash(`crash before call ${calls}: ${name}`);
    if (calls === fault.at) throw new StorageFullError(`full at call ${calls}: ${name}`);
  };
  return {
    store: guarded(inner, before),
    calls: () => calls,
    failed: () => fault.at !== null && calls >= fault.at,
  };
}

/** Every function of `target` and of the objects in it asks `before` first. */
function guarded<T extends object>(target: T, before: (name: string) => void): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof name === "symbol" || name === "syncP50") return value;
      if (typeof value === "object" && value !== null) return guarded(value, before);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) =>
        new Promise((resolve) => {
          before(name);
          resolve(Reflect.apply(value, object, values));
        });
    },
  });
}
