/** Rules as forms, and forms as rules. */
export { type Dialect, type Form, formSchema, readForm } from "./form.ts";
export { formToRule } from "./form_to_rule.ts";
export { ruleToForm, type ShownAsForm } from "./rule_to_form.ts";
