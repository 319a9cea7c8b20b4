/** How long a rendering takes: `deno bench` with the permissions of the tests. DESIGN asks for 0.5 ms. */
import { createTemplateEngine } from "../../src/sandbox/templates.ts";
import { openSandbox } from "./open_sandbox.ts";

const body = "[{{ severity | upper }}] {{ alert_title }}: {% for k, v in metadata.items() %}" +
  "{{ k }}={{ v }}{% if not loop.last %}, {% endif %}{% endfor %}";
const context = {
  alert_title: "High CPU",
  severity: "critical",
  metadata: { host: "web-1", region: "kr-1", value: 97.5, threshold: 90 },
};
const opened = openSandbox();
const engine = createTemplateEngine(opened.sandbox);
const source = { body, subject: null, mode: "html" as const };
await engine.render(source, context);

Deno.bench("a rendering, sandbox and all", async () => {
  await engine.render(source, context);
});
