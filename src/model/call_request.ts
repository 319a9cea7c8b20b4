/** Which endpoints an `api_call` may name. What an event says chooses no host: placeholders stand behind it. */
import { climbs, type EndpointPart, endpointParts } from "../base/call_template.ts";
import { endpointUrl, isOwn } from "../base/own_endpoint.ts";
import { shown } from "./faults.ts";
import type { Report } from "./read_as.ts";

/** Names that a request may read. */
export const CALL_NAMES_MAX = 20;

/** Tells an endpoint that cannot be called, whatever the values are. */
export function checkEndpoint(endpoint: string, report: Report): void {
  const parts = endpointParts(endpoint);
  if (parts.some((part) => typeof part !== "string" && part.name === "")) {
    return report(["endpoint"], "invalid_value", "Cannot use {{ }} in endpoint: expected a field between");
  }
  if (parts.some((part) => typeof part === "string" && /\{\{|\}\}/.test(part))) {
    const message = `Cannot use ${shown(endpoint)} as endpoint: {{ and }} do not match`;
    return report(["endpoint"], "invalid_value", message);
  }
  if (isOwn(endpoint)) return checkOwn(endpoint, parts, report);
  const [one, other] = ["a", "b"].map((text) => URL.parse(filled(parts, text)));
  const isHttp = one?.protocol === "http:" || one?.protocol === "https:";
  if (!isHttp || other === null || other === undefined) {
    const message = `Cannot call ${shown(endpoint)}: expected an http or https URL`;
    return report(["endpoint"], "invalid_value", message);
  }
  if (climbs(filled(parts, "x"))) {
    const message = `Cannot call ${shown(endpoint)}: "." and ".." may not stand in the path`;
    report(["endpoint"], "invalid_value", message);
  }
  if (placeOf(one) !== placeOf(other)) {
    const message = `Cannot call ${shown(endpoint)}: a placeholder may stand in the path or the query only`;
    report(["endpoint"], "invalid_value", message);
  }
}

/** A path of this server. What may not be asked is refused when the rule is saved. */
function checkOwn(endpoint: string, parts: readonly EndpointPart[], report: Report): void {
  if (!climbs(endpointUrl(filled(parts, "x")))) return;
  const message = `Cannot call ${shown(endpoint)}: "." and ".." may not stand in the path`;
  report(["endpoint"], "invalid_value", message);
}

function filled(parts: readonly EndpointPart[], text: string): string {
  return parts.map((part) => typeof part === "string" ? part : text).join("");
}

function placeOf({ protocol, username, password, host }: URL): string {
  return JSON.stringify([protocol, username, password, host]);
}
