/** Lookup tables written straight to a store, as lookup_control.ts writes them. */
import type { JsonObject } from "../../src/base/json.ts";
import { LookupImageBuilder } from "../../src/batch/lookup_image.ts";
import { lookupRecord } from "../../src/ingest/lookup_record.ts";
import type { LookupVersion } from "../../src/store/lookup_store.ts";
import type { Store } from "../../src/store/store.ts";

/** Saves the next version of a table; null: the table ends. */
export async function saveTable(
  { lookups, log }: Store,
  name: string,
  rows: Readonly<Record<string, JsonObject>> | null,
): Promise<LookupVersion> {
  const version = ((await lookups.latest(name))?.version ?? 0) + 1;
  const builder = new LookupImageBuilder();
  for (const [key, row] of Object.entries(rows ?? {})) builder.add(key, row);
  const times = { created_at: 0, updated_at: 0 };
  return await lookups.save(
    {
      name,
      version,
      deleted: rows === null,
      key: "id",
      rows: builder.rows,
      source: null,
      digest: "",
      ...times,
    },
    builder.finish(),
    lookupRecord({ name, version }, log.lastArrival),
  );
}
