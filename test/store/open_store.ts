/** A process of its own that opens the store in the directory it is given, and says how that went. */
import { openAt } from "./sqlite_opening.ts";

try {
  await using _store = await openAt(Deno.args[0]!);
  console.log("opened");
} catch (error) {
  console.log(String(error));
}
