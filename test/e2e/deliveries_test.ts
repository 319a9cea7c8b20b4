/** Five thousand deliveries over a kill; a hundred thousand of them are test/soak/deliveries_test.ts. */
import { runDeliveryCourse } from "./delivery_course.ts";

Deno.test("5,000 deliveries, 10 % failing, kill -9 in the middle: each is delivered or dead, under one id", async () => {
  await runDeliveryCourse({ events: 5000, msMax: 120_000 });
});
