/** Filters as stores take them: members that were not given are absent, not undefined. */

export type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** `members` without those that are undefined. */
export function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}
