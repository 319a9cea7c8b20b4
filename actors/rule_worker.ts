/**
 * The entry of a rule worker, the second root of the import graph: nothing but our own files and re2js
 * may be reached from here. It must not be imported.
 */
import { runRuleWorker } from "./worker_loop.ts";

await runRuleWorker();
