/** What the routes of channels, templates, lookup tables and routing say of themselves. */
import type { DescribedRoutes } from "./described.ts";
import { COMPONENTS as C, pageOf } from "./schemas.ts";

const CREATED = { 201: "There was none of that name" };

const CHANNELS: DescribedRoutes = {
  "GET /api/v1/channels": { summary: "List channels", answer: pageOf(C.Channel) },
  "GET /api/v1/channels/types": { summary: "List types of channels, each with the schema of its config" },
  "GET /api/v1/channels/status": { summary: "Tell how channels are and what became of their deliveries" },
  "POST /api/v1/channels": {
    summary: "Create a channel",
    body: C.ChannelDraft,
    answer: C.Channel,
    status: 201,
  },
  "GET /api/v1/channels/:id": {
    summary: "Read a channel; secrets are masked",
    answer: C.Channel,
    etag: true,
  },
  "PUT /api/v1/channels/:id": { summary: "Replace a channel", body: C.ChannelDraft, answer: C.Channel },
  "PATCH /api/v1/channels/:id": {
    summary: "Change members of a channel (RFC 7396)",
    body: C.ChannelPatch,
    answer: C.Channel,
  },
  "DELETE /api/v1/channels/:id": { summary: "Delete a channel", status: 204 },
  "POST /api/v1/channels/test": {
    summary: "Send one message through a channel that is not saved",
    body: C.ChannelTest,
  },
  "POST /api/v1/channels/:id/test": { summary: "Send one message through a channel" },
};

const TEMPLATES: DescribedRoutes = {
  "GET /api/v1/templates": { summary: "List templates of notifications" },
  "POST /api/v1/templates": { summary: "Create a template", body: C.TemplateDraft, status: 201 },
  "GET /api/v1/templates/:name": { summary: "Read a template", etag: true },
  "PUT /api/v1/templates/:name": {
    summary: "Create or replace a template",
    body: C.TemplateDraft,
    also: CREATED,
  },
  "PATCH /api/v1/templates/:name": {
    summary: "Change members of a template (RFC 7396)",
    body: C.TemplatePatch,
  },
  "DELETE /api/v1/templates/:name": { summary: "Delete a template", status: 204 },
  "GET /api/v1/templates/:name/versions": { summary: "List every save of a template" },
  "POST /api/v1/templates/:name/preview": {
    summary: "Render a template with a context, an alert or a sample",
    body: C.TemplatePreview,
  },
  "GET /api/v1/action-templates": { summary: "List templates of actions" },
  "POST /api/v1/action-templates": {
    summary: "Create a template of actions",
    body: C.ActionTemplateDraft,
    status: 201,
  },
  "GET /api/v1/action-templates/:name": { summary: "Read a template of actions", etag: true },
  "PUT /api/v1/action-templates/:name": {
    summary: "Create or replace a template of actions",
    body: C.ActionTemplateDraft,
    also: CREATED,
  },
  "PATCH /api/v1/action-templates/:name": {
    summary: "Change members of a template of actions (RFC 7396)",
    body: C.ActionTemplatePatch,
  },
  "DELETE /api/v1/action-templates/:name": { summary: "Delete a template of actions", status: 204 },
  "GET /api/v1/action-templates/:name/versions": { summary: "List every save of a template of actions" },
  "POST /api/v1/action-templates/:name/expand": {
    summary: "Show what a template of actions comes to",
    body: C.ActionTemplateExpansion,
  },
  "GET /api/v1/lookups": { summary: "List lookup tables" },
  "GET /api/v1/lookups/:name": { summary: "Read a lookup table and its rows", etag: true },
  "PUT /api/v1/lookups/:name": {
    summary: "Create or replace a lookup table: JSON, CSV, or where to poll it from",
    query: ["key"],
    body: C.LookupUpload,
    takes: { "text/csv": null },
    also: CREATED,
  },
  "DELETE /api/v1/lookups/:name": { summary: "Delete a lookup table", status: 204 },
};

const ROUTING: DescribedRoutes = {
  "GET /api/v1/routes": { summary: "Read the routing document", etag: true },
  "PUT /api/v1/routes": { summary: "Replace the routing document", body: C.RoutingDraft },
  "DELETE /api/v1/routes": { summary: "Delete the routing document", status: 204 },
  "POST /api/v1/routes/test": { summary: "Tell which receivers labels reach", body: C.RouteTestDraft },
  "GET /api/v1/routes/groups": { summary: "List groups of alerts that are open" },
  "GET /api/v1/silences": { summary: "List silences, newest first" },
  "POST /api/v1/silences": { summary: "Create a silence", body: C.SilenceDraft, status: 201 },
  "POST /api/v1/silences/preview": {
    summary: "List the firing alerts that a silence would cover",
    body: C.SilencePreview,
  },
  "GET /api/v1/silences/:id": { summary: "Read a silence" },
  "PUT /api/v1/silences/:id": { summary: "Replace a silence", body: C.SilenceDraft },
  "POST /api/v1/silences/:id/expire": { summary: "End a silence" },
  "DELETE /api/v1/silences/:id": { summary: "End a silence", status: 204 },
  "GET /api/v1/inhibitions": { summary: "List inhibitions" },
  "POST /api/v1/inhibitions": { summary: "Create an inhibition", body: C.InhibitionDraft, status: 201 },
  "GET /api/v1/inhibitions/:id": { summary: "Read an inhibition" },
  "PUT /api/v1/inhibitions/:id": { summary: "Replace an inhibition", body: C.InhibitionDraft },
  "DELETE /api/v1/inhibitions/:id": { summary: "Delete an inhibition", status: 204 },
  "GET /api/v1/policies": { summary: "List notification policies" },
  "POST /api/v1/policies": { summary: "Create a notification policy", body: C.PolicyDraft, status: 201 },
  "GET /api/v1/policies/:id": { summary: "Read a notification policy" },
  "PUT /api/v1/policies/:id": { summary: "Replace a notification policy", body: C.PolicyDraft },
  "PATCH /api/v1/policies/:id": {
    summary: "Change members of a notification policy (RFC 7396)",
    body: C.PolicyPatch,
  },
  "DELETE /api/v1/policies/:id": { summary: "Delete a notification policy", status: 204 },
  "GET /api/v1/policies/:id/logs": { summary: "List what a notification policy sent" },
};

export const CHANNEL_ROUTES: DescribedRoutes = { ...CHANNELS, ...TEMPLATES, ...ROUTING };
