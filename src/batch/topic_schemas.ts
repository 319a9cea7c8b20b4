/**
 * Chooses the schema of a topic. Topics that no rule names share one schema, so topics cost nothing by
 * themselves; a topic that some rule names has its own, made at its first batch. Topics that start with
 * "_" are the product's own: only rules that name them see them (SEMANTICS 1).
 */
import type { Registry, Subscription } from "./binding.ts";
import { TopicSchema } from "./topic_schema.ts";

export class TopicSchemas {
  readonly #registry: Registry;
  /** Rules without topics, by handle. */
  readonly #open = new Map<number, Subscription>();
  /** Rules that name the topic. */
  readonly #naming = new Map<string, Map<number, Subscription>>();
  readonly #schemas = new Map<string, TopicSchema>();
  readonly #unnamed: TopicSchema;
  readonly #empty: TopicSchema;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#unnamed = new TopicSchema(registry);
    this.#empty = new TopicSchema(registry);
  }

  of(topic: string): TopicSchema {
    const naming = this.#naming.get(topic);
    if (naming === undefined) return topic.startsWith("_") ? this.#empty : this.#unnamed;
    let schema = this.#schemas.get(topic);
    if (schema === undefined) {
      schema = new TopicSchema(this.#registry);
      for (const s of naming.values()) schema.add(s);
      if (!topic.startsWith("_")) { for (const s of this.#open.values()) schema.add(s); }
      this.#schemas.set(topic, schema);
    }
    return schema;
  }

  add(s: Subscription): void {
    for (const topic of new Set(s.topics)) {
      let naming = this.#naming.get(topic);
      if (naming === undefined) this.#naming.set(topic, naming = new Map());
      naming.set(s.handle, s);
    }
    if (s.topics === null) this.#open.set(s.handle, s);
    for (const schema of this.#seenBy(s)) schema.add(s);
  }

  remove(s: Subscription): void {
    for (const schema of this.#seenBy(s)) schema.remove(s);
    this.#open.delete(s.handle);
    for (const topic of new Set(s.topics)) {
      const naming = this.#naming.get(topic);
      naming?.delete(s.handle);
      if (naming?.size !== 0) continue;
      this.#naming.delete(topic);
      this.#schemas.delete(topic);
    }
  }

  moved(s: Subscription): void {
    for (const schema of this.#seenBy(s)) schema.moved();
  }

  /** The schemas made so far that the rule belongs to. */
  #seenBy(s: Subscription): TopicSchema[] {
    if (s.topics !== null) {
      return [...new Set(s.topics)].flatMap((topic) => this.#schemas.get(topic) ?? []);
    }
    const own = [...this.#schemas].filter(([topic]) => !topic.startsWith("_")).map(([, schema]) => schema);
    return [this.#unnamed, ...own];
  }
}
