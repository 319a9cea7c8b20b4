/** Templates in memory. */
import { type Template, TEMPLATE_VERSIONS_MAX } from "../../model/template.ts";
import { requireNextVersion, type TemplateStore } from "../template_store.ts";

export function createTemplateStore(): TemplateStore {
  const templates = new Map<string, Template[]>();
  return {
    // deno-lint-ignore require-await -- a throw must reject
    save: async (template) => {
      const versions = templates.get(template.name) ?? [];
      requireNextVersion(template, versions.at(-1)?.version ?? 0);
      templates.set(template.name, [...versions, structuredClone(template)].slice(-TEMPLATE_VERSIONS_MAX));
    },
    delete: (name) => Promise.resolve(templates.delete(name)),
    list: () => {
      const newest = [...templates.values()].map((versions) => versions.at(-1)!);
      return Promise.resolve(structuredClone(newest.sort((a, b) => a.name < b.name ? -1 : 1)));
    },
    versions: (name) => Promise.resolve(structuredClone(templates.get(name) ?? [])),
  };
}
