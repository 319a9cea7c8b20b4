/**
 * Assertions. They state what our own code guarantees, stay on in production, and throw:
 * a failed assertion is our bug, and the supervisor decides what happens next.
 */

/** Our own mistake: never caused by input, never shown to a caller as 4xx. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws {@linkcode AssertionError} with `claim` unless `condition` holds. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new AssertionError(`Assertion failed: ${claim}`);
}

/** Marks a point that the type system proves unreachable. */
export function assertNever(value: never): never {
  throw new AssertionError(`Assertion failed: unexpected ${JSON.stringify(value)}`);
}

/** `value`, which our own code guarantees to be there. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AssertionError(`Assertion failed: ${what} is present`);
  return value;
}
