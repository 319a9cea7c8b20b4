/**
 * What a route says of itself beside what its registration tells (method, path, names of query parameters, whether
 * there is a body). A table of these stands in a file per group of routes; test/routes/openapi_test.ts fails for a
 * route that no table describes.
 */
import type * as z from "zod";

export interface Described {
  /** One line, in the imperative. */
  summary: string;
  /** Query parameters of a route that reads the request itself. */
  query?: readonly string[];
  /** Of what is sent. Without one, a body is any JSON object. */
  body?: z.ZodType;
  /** Media types of a body beside JSON: a schema of each, null for text. */
  takes?: Readonly<Record<string, z.ZodType | null>>;
  /** Of what is answered with `status`. Without one, an answer is any JSON object. */
  answer?: z.ZodType;
  /** 200 unless said. 204 has no body. */
  status?: 200 | 201 | 202 | 204;
  /** Answers beside `status` that are no refusals, and when. 201 is the same document. */
  also?: Readonly<Partial<Record<201 | 204, string>>>;
  /** Whether the answer has an ETag, so that If-None-Match may be answered by 304. */
  etag?: true;
  /** What is answered, where that is not JSON. */
  media?: string;
}

/** By "METHOD /path", as the route is registered. */
export type DescribedRoutes = Readonly<Record<string, Described>>;
