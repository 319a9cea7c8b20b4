/** What answers hold of a rule beyond its document. A client may send an answer back as a document. */

const ANSWER_MEMBERS: ReadonlySet<string> = new Set([
  "created_at",
  "updated_at",
  "created_by",
  "version",
  "effective",
  "status",
  "kept",
  "reset",
  "warnings",
]);

export function withoutAnswerMembers<T>(given: T): T {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([name]) => !ANSWER_MEMBERS.has(name))) as T;
}
