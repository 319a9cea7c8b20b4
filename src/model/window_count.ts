/** A number of events, as a count window says its size and slide. */
import { shown } from "./faults.ts";
import type { Report } from "./read_as.ts";

/** A whole number from 1 to `max`; null when absent. Faults are told at `name`, and read as 1. */
export function readCount(
  given: unknown,
  { name, max }: { name: string; max: number },
  report: Report,
): number | null {
  if (given === undefined || given === null) return null;
  if (typeof given !== "number" || !Number.isInteger(given)) {
    const message = `Cannot use ${shown(given)} as ${name}: expected a whole number of events`;
    report([name], "invalid_type", message);
  } else if (given < 1 || given > max) {
    report([name], "out_of_range", `Cannot use ${given} as ${name}: expected 1 to ${max} events`);
  } else return given;
  return 1;
}
