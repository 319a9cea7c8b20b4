/**
 * F2, as a program: what Deno.serve and Hono could take if a server did nothing else. One route that parses
 * the JSON body and answers 202 with a body of the size that POST /events answers.
 */
import { Hono } from "hono";
import { serveLines } from "../line_service.ts";

export interface HttpFloorReply {
  port: number;
}

const app = new Hono();
app.post("/api/v1/events", async (context) => {
  await context.req.json();
  return context.json({ accepted: 1, first_offset: 1_000_000, last_offset: 1_000_000 }, 202);
});
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);

await serveLines((): HttpFloorReply => ({ port: server.addr.port }));
await server.shutdown();
