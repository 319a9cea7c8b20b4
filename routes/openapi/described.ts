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
  /** Of what is answered with `status`. Without one, an answer is any JSON object. */
  answer?: z.ZodType;
  /** 200 unless said. 204 has no body. */
  status?: 200 | 201 | 202 | 204;
  /** What is answered, where that is not JSON. */
  media?: string;
}

/** By "METHOD /path", as the route is registered. */
export type DescribedRoutes = Readonly<Record<string, Described>>;
