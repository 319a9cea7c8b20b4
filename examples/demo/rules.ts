/** The rules of the demo, fitted to the machine: what is busy here is told by how busy it is while idle. */

/** The rule that the demo's own load is to fire. */
export const BUSY_RULE_NAME = "CPU is busy";

/** Documents for POST /api/v1/rules, which notify `channel`. */
export function demoRules(
  { channel, idleCpuPercent, cores }: { channel: string; idleCpuPercent: number; cores: number },
) {
  const rule = (name: string, severity: string, conditions: unknown[], message: string) => ({
    rule_name: name,
    trigger_type: "metric",
    severity,
    trigger_spec: { topics: ["machine"], event_type: "machine.sample", conditions },
    cooldown: "1m",
    action_spec: { type: "notify", channels: [channel], message },
  });
  return [
    rule(
      BUSY_RULE_NAME,
      "warning",
      [{ field: "cpu_percent", op: ">", value: busyPercent(idleCpuPercent) }],
      "cpu at {{ event.cpu_percent }} %, load {{ event.load_1m }}",
    ),
    rule(
      "Memory is nearly full",
      "critical",
      [{ field: "memory_used_percent", op: ">=", value: 97 }],
      "memory used: {{ event.memory_used_percent }} %",
    ),
    rule(
      "Overload, by load or by network",
      "error",
      [{
        logic: "OR",
        conditions: [
          { field: "load_1m", op: ">", value: 8 * cores },
          { field: "net_bytes_per_s", op: ">", value: 500_000_000 },
        ],
      }],
      "load {{ event.load_1m }}, network {{ event.net_bytes_per_s }} bytes a second",
    ),
  ];
}

/** Two fifths of the way from idle to full, and never so high that full load would miss it. */
export function busyPercent(idleCpuPercent: number): number {
  return Math.min(85, Math.round(idleCpuPercent + (100 - idleCpuPercent) * 0.4));
}
