/**
 * How the parts of the supervisor hang together. Some need each other: what is made later is reached by a
 * function.
 */
import { Encoder } from "../src/batch/encoder.ts";
import { RecordCache } from "../src/ingest/record_cache.ts";
import { Router } from "../src/ingest/router.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import { ActorLife } from "./actor_life.ts";
import { AlertMaker } from "./alert_maker.ts";
import { CatchUp } from "./catch_up.ts";
import { Checkpoints } from "./checkpoints.ts";
import { EffectWriter } from "./effect_writer.ts";
import { Hosts } from "./hosts.ts";
import { Inspections } from "./inspections.ts";
import { Placement } from "./placement.ts";
import { ProgressWatch } from "./progress_watch.ts";
import { Recovery } from "./recovery.ts";
import { observeRuleFigures } from "./rule_figures.ts";
import { RuleFollower } from "./rule_follower.ts";
import { LookupImages } from "./lookup_images.ts";
import { observeRules } from "./rule_metrics.ts";
import { RuleTable } from "./rule_table.ts";
import { SnapshotNumbers } from "./snapshot_numbers.ts";
import { TableFollower } from "./table_follower.ts";
import type { SupervisorOptions } from "./supervisor.ts";

export interface SupervisorParts {
  table: RuleTable;
  hosts: Hosts;
  records: RecordCache;
  writer: EffectWriter;
  life: ActorLife;
  recovery: Recovery;
  follower: RuleFollower;
  router: Router;
  catchUp: CatchUp;
  checkpoints: Checkpoints;
  progress: ProgressWatch;
  inspections: Inspections;
}

export interface SupervisorHooks {
  onCommitted(alerts: readonly StoredAlert[], deliveries: readonly Delivery[]): void;
}

export function assembleParts(o: SupervisorOptions, hooks: SupervisorHooks): SupervisorParts {
  const { store, clock, logger, fleet, onFatal, metrics } = o;
  const table = new RuleTable(store.rules, clock);
  const { registry, topics } = table;
  table.listener = (ruleId, meaning) => {
    o.poller?.follow(ruleId, meaning?.rule.trigger.polling ?? null);
    o.caller?.follow(ruleId, meaning?.row.generation ?? null);
  };
  const encoder = new Encoder(registry);
  const records = new RecordCache(store.log);
  const hosts = new Hosts(fleet);
  const writer: EffectWriter = new EffectWriter({
    effects: store.effects,
    maker: new AlertMaker({
      ...{ table, records, clock, channels: o.channels, logger, metrics },
      ...(o.routing && { routing: o.routing }),
    }),
    clock,
    logger,
    metrics,
    gapMs: o.commitGapMs ?? 0,
    owner: o.owner,
    onCommitted: hooks.onCommitted,
    onProgress: () => progress.changed(),
    onLate: (frame) => table.noteLate(frame),
    onCalls: (ruleId, frame) => {
      // One that was stopped meanwhile wants nothing any more.
      if (table.get(ruleId) !== undefined) o.caller?.offer(ruleId, frame);
    },
    onStale: (ruleId) => void recovery.onStale(ruleId).catch(onFatal),
    onFatal,
  });
  const numbers = new SnapshotNumbers(clock);
  const placement = new Placement(o.workers);
  const images = o.images ?? new LookupImages(store.lookups);
  const life: ActorLife = new ActorLife({
    store,
    fleet,
    hosts,
    placement,
    table,
    writer,
    encoder,
    images,
    numbers,
    catchUp: () => catchUp,
    logger,
    onUnavailable: (live, error) => recovery.onUnavailable(live, error),
  });
  const cursor = () => router.cursor;
  const onChange = () => progress.changed();
  const told = o.onError === undefined ? {} : { onError: o.onError };
  const recovering = { store, table, life, clock, logger, metrics, cursor, onChange };
  const recovery: Recovery = new Recovery({ ...recovering, ...told });
  const isQuarantined = (ruleId: string) => recovery.quarantineOf(ruleId) !== null;
  const follower: RuleFollower = new RuleFollower({
    store,
    fleet,
    table,
    life,
    images,
    writer,
    isQuarantined,
    onError: onFatal,
  });
  const tables = new TableFollower({ fleet, table, images });
  const router: Router = new Router({
    log: store.log,
    encoder,
    feed: fleet.feed,
    topics,
    clock,
    onRuleRecord: (record) => follower.follow(record),
    onLookupRecord: (record) => tables.follow(record),
    onIdle: () => progress.changed(),
    onError: onFatal,
  });
  const catchUp: CatchUp = new CatchUp({
    log: store.log,
    registry,
    topics,
    clock,
    router: () => router,
    onRuleRecord: (rules, record) => follower.pass(rules, record),
    onLookupRecord: (host, rules, record) => tables.pass(host, rules, record),
    join: (host, rules, at) => life.join(host, rules, at),
    onError: onFatal,
  });
  const ruleOf = (handle: number, incarnation: number) => table.incarnation(handle, incarnation);
  const { snapshots } = store;
  const checkpoints = new Checkpoints({ snapshots, numbers, writer, clock, logger, ruleOf, onFatal });
  const progress: ProgressWatch = new ProgressWatch({
    table,
    hosts,
    writer,
    router: () => router,
  });
  const inspections = new Inspections(clock);
  observeRules(metrics, { table, recovery });
  observeRuleFigures(metrics, { table, inspections, effects: store.effects, clock });
  return {
    table,
    hosts,
    records,
    writer,
    life,
    recovery,
    follower,
    router,
    catchUp,
    checkpoints,
    progress,
    inspections,
  };
}
