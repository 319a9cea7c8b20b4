/** Every promise of the store interfaces, over every implementation. */
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { openSealed } from "./sealed_store.ts";
import { openTemporary } from "./sqlite_opening.ts";
import { storeSuite } from "./store_suite.ts";

storeSuite("memory", () => Promise.resolve(createMemoryStore()));
storeSuite("sqlite", () => openTemporary());
storeSuite("sealed memory", () => Promise.resolve(openSealed(createMemoryStore())));
storeSuite("sealed sqlite", async () => openSealed(await openTemporary()));
