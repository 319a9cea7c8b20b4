/**
 * The store in memory: every promise of the interfaces but durability. For tests, and for a deployment
 * that keeps nothing. Whatever goes in or out is copied, so that no caller holds the store's own state.
 */
import type { Store } from "../store.ts";
import { createAlerts } from "./_alerts.ts";
import { createChannelStore } from "./_channel_store.ts";
import { createEffectStore } from "./_effect_store.ts";
import { createEventLog } from "./_event_log.ts";
import { createExecLog } from "./_exec_log.ts";
import { createFigureStore } from "./_figure_store.ts";
import { createHealthStore } from "./_health_store.ts";
import { createLookupStore } from "./_lookup_store.ts";
import { createOutbox } from "./_outbox.ts";
import { createProgress } from "./_progress.ts";
import { createReplies } from "./_replies.ts";
import { createRoutingStore } from "./_routing_store.ts";
import { createRuleStore } from "./_rule_store.ts";
import { createSecretStore } from "./_secret_store.ts";
import { createSnapshotStore } from "./_snapshot_store.ts";
import { createNamedVersions } from "./_named_versions.ts";

/** An empty store. */
export function createMemoryStore(): Store {
  const replies = createReplies();
  const log = createEventLog(replies);
  const progress = createProgress();
  const snapshots = createSnapshotStore(progress);
  const execs = createExecLog();
  const outbox = createOutbox(execs);
  const alerts = createAlerts();
  const routing = createRoutingStore(outbox, (id) => alerts.get(id) !== undefined);
  return {
    log,
    rules: createRuleStore(log),
    lookups: createLookupStore(log),
    effects: createEffectStore({ alerts, progress, outbox, snapshots, inbox: routing.leave }),
    snapshots,
    outbox,
    channels: createChannelStore(),
    secrets: createSecretStore(),
    routing,
    templates: createNamedVersions(),
    apis: createNamedVersions(),
    actionTemplates: createNamedVersions(),
    health: createHealthStore(),
    execs,
    figures: createFigureStore(),
    keepReply: (reply) => Promise.resolve(replies.put(reply)),
    trimReplies: (before, slice) => Promise.resolve(replies.trim(before, slice)),
    checkpoint: () => Promise.resolve(),
    syncP50: () => null,
    sizes: async () => ({
      log_bytes: await log.bytes(),
      file_bytes: 0,
      wal_bytes: 0,
      ballast_whole: null,
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
