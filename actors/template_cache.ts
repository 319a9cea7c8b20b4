/**
 * The templates in memory: those that were saved, and the product's own where none was saved under their
 * name. Deliveries and the check of rules need them at once; they change by hand. Writes go to the store first.
 */
import { DEFAULT_TEMPLATES } from "../src/model/default_templates.ts";
import type { Template } from "../src/model/template.ts";
import type { TemplateStore } from "../src/store/template_store.ts";

export class TemplateCache implements TemplateStore {
  readonly #store: TemplateStore;
  #templates: ReadonlyMap<string, Template> = new Map();

  private constructor(store: TemplateStore) {
    this.#store = store;
  }

  static async open(store: TemplateStore): Promise<TemplateCache> {
    const cache = new TemplateCache(store);
    await cache.#refresh();
    return cache;
  }

  /** The newest version; the same object as long as nobody saves another. */
  get(name: string): Template | undefined {
    return this.#templates.get(name);
  }

  names(): string[] {
    return [...this.#templates.keys()];
  }

  async save(template: Template): Promise<void> {
    await this.#store.save(template);
    await this.#refresh();
  }

  async delete(name: string): Promise<boolean> {
    const deleted = await this.#store.delete(name);
    await this.#refresh();
    return deleted;
  }

  /** By name. */
  list(): Promise<Template[]> {
    return Promise.resolve([...this.#templates.values()]);
  }

  async versions(name: string): Promise<Template[]> {
    const own = DEFAULT_TEMPLATES.filter((template) => template.name === name);
    return [...own, ...await this.#store.versions(name)];
  }

  async #refresh(): Promise<void> {
    const saved = await this.#store.list();
    const all = [...DEFAULT_TEMPLATES, ...saved].map((template) => [template.name, template] as const);
    const sorted = [...new Map(all).values()].sort((a, b) => a.name < b.name ? -1 : 1);
    this.#templates = new Map(sorted.map((template) => [template.name, this.#known(template)]));
  }

  /** The object of before where nothing changed: what was compiled for it is found by it. */
  #known(template: Template): Template {
    const known = this.#templates.get(template.name);
    return known?.version === template.version && known.updated_at === template.updated_at ? known : template;
  }
}
