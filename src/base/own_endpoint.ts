/**
 * Endpoints of this server itself: rules write them as a path, `/runtime/...`. Inside they are URLs of an origin
 * of their own, which no document can name and the egress guard refuses, so that only who answers them in this
 * process (src/notify/own_endpoints.ts) ever takes one.
 */

/** Stands where a URL has scheme and host. */
export const OWN_ORIGIN = "tocsin://self";
/** The paths that rules may ask. */
export const OWN_PATHS = "/runtime/";

/** Whether an endpoint is written as a path of this server. */
export function isOwn(endpoint: string): boolean {
  return endpoint.startsWith("/");
}

/** The URL of an endpoint as it is written. */
export function endpointUrl(endpoint: string): string {
  return isOwn(endpoint) ? OWN_ORIGIN + endpoint : endpoint;
}

/** The endpoint as it is written, of its URL. */
export function writtenEndpoint(url: string): string {
  return url.startsWith(`${OWN_ORIGIN}/`) ? url.slice(OWN_ORIGIN.length) : url;
}
