/** Documents by name in memory. */
import {
  NAMED_VERSIONS_MAX,
  type NamedVersion,
  type NamedVersions,
  requireNextVersion,
} from "../named_versions.ts";

export function createNamedVersions<T extends NamedVersion>(): NamedVersions<T> {
  const documents = new Map<string, T[]>();
  return {
    // deno-lint-ignore require-await -- a throw must reject
    save: async (document) => {
      const versions = documents.get(document.name) ?? [];
      requireNextVersion(document, versions.at(-1)?.version ?? 0);
      documents.set(document.name, [...versions, structuredClone(document)].slice(-NAMED_VERSIONS_MAX));
    },
    delete: (name) => Promise.resolve(documents.delete(name)),
    list: () => {
      const newest = [...documents.values()].map((versions) => versions.at(-1)!);
      return Promise.resolve(structuredClone(newest.sort((a, b) => a.name < b.name ? -1 : 1)));
    },
    versions: (name) => Promise.resolve(structuredClone(documents.get(name) ?? [])),
  };
}
