/** A hundred thousand deliveries to a receiver that fails a tenth of them, over a kill. */
import { runDeliveryCourse } from "../e2e/delivery_course.ts";

Deno.test("100,000 deliveries, 10 % failing, kill -9 in the middle: each is delivered or dead, under one id", async () => {
  await runDeliveryCourse({ events: 100_000, msMax: 1_200_000 });
});
