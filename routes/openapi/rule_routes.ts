/** What the routes of rules, simulations and backtests say of themselves. */
import type { DescribedRoutes } from "./described.ts";
import { COMPONENTS as C, pageOf } from "./schemas.ts";

export const RULE_ROUTES: DescribedRoutes = {
  "GET /api/v1/rules": { summary: "List rules", answer: pageOf(C.Rule) },
  "POST /api/v1/rules": { summary: "Create a rule", body: C.RuleDraft, answer: C.RuleSaved, status: 201 },
  "POST /api/v1/rules/validate": {
    summary: "Check a rule without saving it",
    body: C.ValidationDraft,
    answer: C.Validation,
  },
  "GET /api/v1/rules/:id": { summary: "Read a rule", answer: C.Rule, etag: true },
  "PUT /api/v1/rules/:id": { summary: "Replace a rule", body: C.RuleDraft, answer: C.RuleSaved },
  "PATCH /api/v1/rules/:id": {
    summary: "Change members of a rule (RFC 7396)",
    body: C.RulePatch,
    answer: C.RuleSaved,
  },
  "DELETE /api/v1/rules/:id": { summary: "Delete a rule; its versions and alerts stay", status: 204 },
  "POST /api/v1/rules/:id/enable": { summary: "Enable a rule", answer: C.RuleSaved },
  "POST /api/v1/rules/:id/disable": { summary: "Disable a rule", answer: C.RuleSaved },
  "GET /api/v1/rules/:id/versions": {
    summary: "List every save of a rule, oldest first",
    answer: pageOf(C.RuleVersion),
  },
  "GET /api/v1/rules/:id/state": { summary: "Read what a rule does and holds" },
  "GET /api/v1/rules/:id/explain": { summary: "Tell why a rule did not fire" },
  "POST /api/v1/rules/:id/trigger": { summary: "Run a rule by hand, at once", body: C.TriggerDraft },
  "POST /api/v1/rules/:id/resume": { summary: "End the quarantine of a rule", body: C.ResumeDraft },
  "POST /api/v1/rules/:id/poison/clear": { summary: "Let parked events be seen again" },
  "GET /api/v1/rules/:id/anomaly-status": { summary: "Read what an anomaly rule compares with" },
  "GET /api/v1/rules/anomaly-status/:id": { summary: "Read what an anomaly rule compares with (older path)" },
  "POST /api/v1/rules/:id/anomaly-reset": {
    summary: "Let the baseline of a key begin again",
    body: C.BaselineReset,
    status: 202,
  },
  "PUT /api/v1/rules/:id/baseline": {
    summary: "Give a key its baseline",
    body: C.BaselineUpload,
    status: 202,
  },
  "POST /api/v1/rules/simulate": {
    summary: "Run a rule over given events in virtual time",
    body: C.SimulationDraft,
    answer: C.Simulation,
  },
  "POST /api/v1/rules/:id/simulate": {
    summary: "Run a stored rule over given events in virtual time",
    body: C.StoredSimulationDraft,
    answer: C.Simulation,
  },
  "POST /api/v1/rules/backtest": {
    summary: "Run a rule over the stored log",
    body: C.BacktestDraft,
    answer: C.Backtest,
    status: 202,
  },
  "POST /api/v1/rules/:id/backtest": {
    summary: "Run a stored rule, or a draft beside it, over the stored log",
    body: C.StoredBacktestDraft,
    answer: C.Backtest,
    status: 202,
  },
  "GET /api/v1/backtests": { summary: "List backtests", answer: pageOf(C.Backtest) },
  "GET /api/v1/backtests/:id": {
    summary: "Read the progress and result of a backtest; its alerts list every revision",
    answer: C.Backtest,
  },
  "POST /api/v1/backtests/:id/cancel": {
    summary: "Stop a backtest, and read what it came to",
    answer: C.Backtest,
  },
  "DELETE /api/v1/backtests/:id": { summary: "Stop a backtest; it stays listed", status: 204 },
  "GET /api/v1/backtests/:id/stream": {
    ...{ summary: "Follow a backtest as server-sent events", media: "text/event-stream" },
    query: ["last_event_id"],
    also: { 204: "The client has had the end: there is nothing to come back for" },
  },
  "GET /api/v1/stats/summary": { summary: "Read the server in figures" },
  "GET /api/v1/rules/performance": { summary: "List what rules cost, match and lose" },
  "GET /api/v1/errors/timeline": { summary: "Count what went wrong, by time and kind" },
  "GET /api/v1/scheduler/status": { summary: "List schedules and polls, and when they are due" },
  "POST /api/v1/rules/form": {
    summary: "Turn a form into a rule, or a rule into a form",
    body: C.FormConversion,
  },
  "GET /api/v1/conditions/templates": { summary: "List templates of conditions" },
  "POST /api/v1/rules/preview": {
    summary: "Show the outcome of every condition over one event",
    body: C.PreviewDraft,
  },
  "POST /api/v1/rules/:id/preview": {
    summary: "Show the outcome of every condition of a stored rule",
    body: C.StoredPreviewDraft,
  },
  "GET /api/v1/topics/:topic/fields": { summary: "List fields that recent events of a topic hold" },
  "GET /api/v1/field-suggestions": { summary: "List fields that recent events hold" },
  "GET /api/v1/rules/:id/exec-logs": { summary: "List what ran of a rule" },
};
