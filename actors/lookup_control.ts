/**
 * Lookup tables as the outside changes them: each upload becomes an immutable version, written together with its
 * log record (INVARIANTS 4). A table that a rule reads is not deleted, and no rule is saved that reads one that
 * is not there.
 */
import type { Clock } from "../src/base/clock.ts";
import { notFound } from "../src/base/problem.ts";
import type { JsonObject } from "../src/base/json.ts";
import { LookupImage, LookupImageBuilder } from "../src/batch/lookup_image.ts";
import { lookupRecord } from "../src/ingest/lookup_record.ts";
import type { LookupUpload } from "../src/ingest/lookup_rows.ts";
import { LOOKUPS_MAX, type LookupSource } from "../src/model/lookup.ts";
import type { LookupDraft, LookupVersion } from "../src/store/lookup_store.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import { inUse, outdatedTable, tooMany } from "./_lookup_problems.ts";
import type { Control } from "./control.ts";
import type { BuiltLookup, LookupBuilder } from "./lookup_builder.ts";
import type { LookupImages } from "./lookup_images.ts";
import type { TableImage } from "./messages.ts";
import { rulesReading } from "./rules_reading.ts";
import { Turns } from "./turns.ts";

export interface LookupControlParts {
  store: Store;
  control: Pick<Control, "lookupSaved">;
  images: LookupImages;
  builder: LookupBuilder;
  clock: Clock;
}

export interface LookupSaveOptions {
  /** The version that the caller saw; another one is refused with 412. */
  ifMatch?: number | undefined;
}

export interface LookupSaved extends LookupVersion {
  /** There was no such table before. */
  created: boolean;
}

const NO_IMAGE = new Uint8Array(0);

export class LookupControl {
  readonly #p: LookupControlParts;
  readonly #turns = new Turns();
  readonly #names: Set<string>;
  /** Tables that are about to go: no rule may begin to read them. */
  readonly #going = new Set<string>();
  /** Told after every save. */
  onSaved: ((version: LookupVersion) => void) | null = null;

  private constructor(parts: LookupControlParts, names: readonly string[]) {
    this.#p = parts;
    this.#names = new Set(names);
  }

  static async open(parts: LookupControlParts): Promise<LookupControl> {
    return new LookupControl(parts, (await parts.store.lookups.list()).map(({ name }) => name));
  }

  /** Names of the tables that rules may read. */
  names(): string[] {
    return [...this.#names].filter((name) => !this.#going.has(name));
  }

  list(): Promise<LookupVersion[]> {
    return this.#p.store.lookups.list();
  }

  /** @throws Problem 404 */
  async get(name: string): Promise<LookupVersion> {
    const version = await this.#p.store.lookups.latest(name);
    if (version === undefined || version.deleted) throw notFound("lookup", name);
    return version;
  }

  /** At most `limit` rows of a version from the row of this number on. */
  async rows({ name, version }: LookupVersion, { from, limit }: { from: number; limit: number }) {
    const table = await this.#p.images.of(name, version);
    if (table === undefined || table.image === null) return [];
    const image = new LookupImage(table.image);
    const count = Math.max(0, Math.min(limit, image.rows - from));
    return Array.from({ length: count }, (_, i) => JSON.parse(image.text(from + i)) as JsonObject);
  }

  /** The newest versions of tables; without an image where there is none. */
  current(names: readonly string[]): Promise<TableImage[]> {
    return Promise.all(names.map(async (name) => {
      const version = await this.#p.store.lookups.latest(name);
      return version && await this.#p.images.of(name, version.version) || { name, image: null };
    }));
  }

  /** Rows for a table that stands on its own from here on. @throws Problem 400, 409, 412, 413 */
  async upload(name: string, upload: LookupUpload, options: LookupSaveOptions = {}): Promise<LookupSaved> {
    const built = await this.#p.builder.build(upload);
    return await this.#turns.run(name, () => this.#save(name, { ...built, source: null }, options));
  }

  /** A table that is filled from a URL; it keeps its rows until the first poll. @throws Problem 400, 409, 412 */
  async follow(
    name: string,
    { source, key }: { source: LookupSource; key: string },
    options: LookupSaveOptions = {},
  ): Promise<LookupSaved> {
    return await this.#turns.run(name, async () => {
      const held = await this.#held(name);
      return await this.#save(name, { ...held, key, source }, options);
    });
  }

  /** What a poll brought. Answers null when it is nothing new, or the table has another source by now. */
  async refresh(polled: LookupVersion, built: BuiltLookup): Promise<LookupVersion | null> {
    const digest = await digestOf(built.image);
    return await this.#turns.run(polled.name, async () => {
      const now = await this.#p.store.lookups.latest(polled.name);
      if (now === undefined || now.deleted || now.digest === digest) return null;
      if (JSON.stringify(now.source) !== JSON.stringify(polled.source)) return null;
      return await this.#save(polled.name, { ...built, source: now.source }, {});
    });
  }

  /** @throws Problem 404, 409, 412 */
  async remove(name: string, options: LookupSaveOptions = {}): Promise<void> {
    await this.#turns.run(name, async () => {
      this.#going.add(name);
      try {
        const old = await this.get(name);
        requireVersion(old, options);
        const readers = await rulesReading(name, this.#p);
        if (readers.length > 0) throw inUse(name, readers);
        await this.#write({ ...old, version: old.version + 1, deleted: true, rows: 0 }, NO_IMAGE);
        this.#names.delete(name);
      } finally {
        this.#going.delete(name);
      }
    });
  }

  async #save(
    name: string,
    { image, rows, key, source }: Omit<BuiltLookup, "kind"> & { source: LookupSource | null },
    options: LookupSaveOptions,
  ): Promise<LookupSaved> {
    const { store, clock } = this.#p;
    const old = await store.lookups.latest(name);
    const known = old === undefined || old.deleted ? undefined : old;
    requireVersion(known ?? { name, version: 0 }, options);
    if (known === undefined && this.#names.size >= LOOKUPS_MAX) throw tooMany();
    const now = clock.now();
    const saved = await this.#write({
      ...{ name, version: (old?.version ?? 0) + 1, deleted: false, key, rows, source },
      ...{ digest: await digestOf(image), created_at: known?.created_at ?? now, updated_at: now },
    }, image);
    this.#names.add(name);
    return { ...saved, created: known === undefined };
  }

  async #write(draft: LookupDraft, image: Uint8Array): Promise<LookupVersion> {
    const { store, clock, control } = this.#p;
    const now = clock.now();
    try {
      const saved = await store.lookups.save({ ...draft, updated_at: now }, image, lookupRecord(draft, now));
      control.lookupSaved();
      this.onSaved?.(saved);
      return saved;
    } catch (error) {
      if (error instanceof VersionConflictError) throw outdatedTable(draft.name, draft.version);
      throw error;
    }
  }

  /** The rows that a table has now; none where it is new. */
  async #held(name: string): Promise<Pick<BuiltLookup, "image" | "rows">> {
    const old = await this.#p.store.lookups.latest(name);
    const image = old && await this.#p.store.lookups.image(name, old.version);
    if (old !== undefined && image !== undefined) return { image: new Uint8Array(image), rows: old.rows };
    return { image: new LookupImageBuilder().finish(), rows: 0 };
  }
}

function requireVersion(
  { name, version }: { name: string; version: number },
  { ifMatch }: LookupSaveOptions,
) {
  if (ifMatch !== undefined && ifMatch !== version) throw outdatedTable(name, version);
}

async function digestOf(image: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", image)).toHex();
}
