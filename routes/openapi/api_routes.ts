/** What the routes of API definitions, and of the secrets that their requests carry, say of themselves. */
import type { DescribedRoutes } from "./described.ts";
import { COMPONENTS as C, pageOf } from "./schemas.ts";

export const API_ROUTES: DescribedRoutes = {
  "GET /api/v1/apis": { summary: "List API definitions", answer: pageOf(C.Api) },
  "POST /api/v1/apis": { summary: "Create an API definition", body: C.ApiDraft, answer: C.Api, status: 201 },
  "POST /api/v1/apis/dry-run": { summary: "Run logic that is not saved", body: C.ApiDryRun },
  "GET /api/v1/apis/:id": { summary: "Read an API definition", answer: C.Api, etag: true },
  "PUT /api/v1/apis/:id": {
    summary: "Create or replace an API definition",
    body: C.ApiDraft,
    answer: C.Api,
    also: { 201: "There was none of that id" },
  },
  "PATCH /api/v1/apis/:id": {
    summary: "Change members of an API definition (RFC 7396)",
    body: C.ApiPatch,
    answer: C.Api,
  },
  "DELETE /api/v1/apis/:id": { summary: "Delete an API definition", status: 204 },
  "GET /api/v1/apis/:id/versions": { summary: "List every save, newest first", answer: pageOf(C.Api) },
  "POST /api/v1/apis/:id/rollback": { summary: "Make an older version the newest", answer: C.Api },
  "POST /api/v1/apis/:id/execute": { summary: "Run an API definition", body: C.ApiCall },
  "GET /api/v1/apis/:id/logs": { summary: "List runs of an API definition" },
  "GET /api/v1/secrets": { summary: "List secrets, without their values", answer: pageOf(C.Secret) },
  "GET /api/v1/secrets/:name": {
    summary: "Read what is known of a secret, and which documents name it",
    answer: C.SecretUsed,
  },
  "PUT /api/v1/secrets/:name": {
    summary: "Store a secret, or replace it",
    body: C.SecretDraft,
    answer: C.Secret,
  },
  "DELETE /api/v1/secrets/:name": { summary: "Delete a secret", status: 204 },
};
