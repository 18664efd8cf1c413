/** Which model each pass asks: the rule's own word, else that of the configuration by pass, else its general one. */
import type { Config } from "./config.ts";
import type { Rule } from "./rule.ts";

/** The rules with their models filled in. Recordings have no model: they are left as they are. */
export function withModels({ rules, agents }: Pick<Config, "agents" | "rules">): readonly Rule[] {
  if (agents.provider === "replay") return rules;
  return rules.map((rule) => {
    const { run } = rule;
    if (run.kind !== "agent" || run.model !== undefined) return rule;
    const model = agents.models[rule.name] ?? agents.model;
    return model === undefined ? rule : { ...rule, run: { ...run, model } };
  });
}
