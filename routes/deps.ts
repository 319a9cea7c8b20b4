/** What the routes are given. They translate HTTP to calls of these and nothing else. */
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import type { Intake } from "../src/ingest/intake.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Config } from "../src/model/config.ts";
import type { Template } from "../src/model/template.ts";
import type { Attempt } from "../src/model/delivery.ts";
import type { EgressGuard } from "../src/notify/egress.ts";
import type { Wordsmith } from "../src/notify/words.ts";
import type { TemplateEngine } from "../src/sandbox/templates.ts";
import type { ChannelStore } from "../src/store/channel_store.ts";
import type { Store } from "../src/store/store.ts";
import type { AlertRouter } from "../actors/alert_router.ts";
import type { ActionTemplateStore, TemplateStore } from "../src/store/named_versions.ts";
import type { ActionTemplates } from "../src/model/action_uses.ts";
import type { ChannelWatch } from "../actors/channel_watch.ts";
import type { CircuitView } from "../src/notify/circuit_breaker.ts";
import type { RuleRuns } from "../actors/rule_runs.ts";
import type { PolicyDesk } from "../actors/policy_desk.ts";
import type { ApiKeeper } from "../actors/api_keeper.ts";
import type { Runtime } from "../actors/runtime_endpoints.ts";
import type { ScriptDesk } from "../actors/script_desk.ts";
import type { Backtests } from "../actors/backtests.ts";
import type { FieldLearner } from "../actors/field_learner.ts";
import type { Control } from "../actors/control.ts";
import type { LookupControl } from "../actors/lookup_control.ts";
import type { LookupPoller } from "../actors/lookup_poller.ts";
import type { Monitor } from "../actors/monitor.ts";
import type { Poller } from "../actors/poller.ts";
import type { RoutingDesk } from "../actors/routing_desk.ts";
import type { SecretVault } from "../actors/secret_vault.ts";
import type { RuleControl } from "../actors/rule_control.ts";

export interface AppDeps {
  config: Pick<Config, "admin_token">;
  store: Store;
  intake: Intake;
  control: Control;
  rules: RuleControl;
  lookups: LookupControl;
  polls: Pick<LookupPoller, "statusOf">;
  channels: ChannelStore;
  secrets: SecretVault;
  templates: TemplateStore & { get(name: string): Template | undefined };
  actionTemplates: ActionTemplateStore & ActionTemplates;
  engine: Pick<TemplateEngine, "read">;
  words: Pick<Wordsmith, "render">;
  pool: ChannelTester;
  poller: Pick<Poller, "ask" | "report">;
  /** Names this start of this process. */
  instance: string;
  watch: Pick<ChannelWatch, "healthOf" | "forget">;
  egress: EgressGuard;
  desk: RoutingDesk;
  policies: PolicyDesk;
  runs: Pick<RuleRuns, "trigger">;
  backtests: Backtests;
  apis: ApiKeeper;
  scripts: ScriptDesk;
  runtime: Runtime;
  fields: Pick<FieldLearner, "learn">;
  monitor: Monitor;
  router: Pick<AlertRouter, "groups">;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

/** What the routes ask of the notifier pool. */
export interface ChannelTester {
  testChannel(channel: Channel): Promise<Attempt>;
  /** How the circuit of a channel stands. */
  circuit(channelId: string): CircuitView;
  /** Deliveries became due. */
  nudge(): void;
  /** What the provider of a channel said about waiting holds no more. */
  openChannel(channelId: string): void;
}
