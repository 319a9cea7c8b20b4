/** Names of common fields that editors of conditions offer where no events say others. */
import type { JsonObject } from "../../src/base/json.ts";

export const FIELD_SUGGESTIONS: readonly (JsonObject & { name: string })[] = [
  { name: "cpu", description: "CPU use in percent", type: "number", examples: [45.2, 78.5, 92.1] },
  { name: "memory", description: "Memory use in percent", type: "number", examples: [32.0, 64.5, 85.3] },
  { name: "disk", description: "Disk use in percent", type: "number", examples: [50.0, 75.2, 95.8] },
  { name: "status", description: "Outcome", type: "string", examples: ["success", "error", "warning"] },
  { name: "count", description: "How many", type: "number", examples: [1, 5, 10] },
  { name: "duration_ms", description: "Duration in ms", type: "number", examples: [100, 500, 2000] },
];
