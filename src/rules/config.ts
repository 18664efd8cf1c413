/**
 * The configuration: what `codex.config.ts` exports, checked by zod. Only its shape is checked here; that rules
 * agree with each other, the graph finds out.
 */
import * as z from "zod";
import { METRICS, type Metric } from "../curriculum/continuity.ts";
import type { Params } from "../exec/action.ts";
import { DEFAULT_CAPS } from "../exec/escalations.ts";
import { CONTINUITY_FALL, DEFAULT_HARD_STOPS } from "../exec/hard-stops.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import type { Collection } from "./collection.ts";
import type { Rule } from "./rule.ts";

const fn = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "a function");
const positive = z.number().int().positive();

const collectionSchema = z.looseObject({ segments: fn, expand: fn }, "a collection, made with collection(…)");

/** Timers hold no more seconds than this, and would fire at once. */
const LONGEST_WALL = 2_000_000;

/** Whether what is sent there is read by nobody on the way. */
const isPrivate = (url: string): boolean =>
  /^https:/i.test(url) || /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:|\/|$)/i.test(url);

const estimateSchema = z.strictObject({ seconds: z.number().nonnegative(), usd: z.number().nonnegative() });

// Strict, because a misspelt key would be ignored: the configuration is compiled without being type-checked.
const ruleSchema = z.strictObject({
  kind: z.literal("rule", "wrap it in rule({ … })"),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "a name of letters, digits, _ and -"),
  each: collectionSchema,
  version: z.number().int().optional(),
  identity: fn.optional(),
  inputs: fn.optional(),
  reads: z.array(z.string()).optional(),
  outputs: fn,
  amends: fn.optional(),
  mayAmend: fn.optional(),
  after: fn.optional(),
  pool: z.string().optional(),
  shared: z.enum(["read", "write"]).optional(),
  run: z.looseObject(
    { kind: z.enum(["agent", "command", "call", "person"]) },
    "agent(…), command(…), call(…) or person(…)",
  ),
  check: fn.optional(),
  recovery: z.array(z.looseObject({ kind: z.enum(["again", "narrow", "route", "degrade", "person"]) })).optional(),
  gate: z.literal("after").optional(),
  wall: z.number().positive().max(LONGEST_WALL).optional(),
  idle: z.number().positive().max(LONGEST_WALL).optional(),
  estimate: estimateSchema.optional(),
});

const usd = z.number().nonnegative();

const tierBudgetSchema = z.strictObject({
  /** US dollars for one book. */
  book: usd.optional(),
  /** US dollars for all of the tier's books. */
  total: usd.optional(),
  /** At one of these: `pause` the whole build for a person, or `defer` what it is about and go on with the rest. */
  atCeiling: z.enum(["pause", "defer"]).default("pause"),
});

const priceSchema = z.strictObject({
  /** The first day on which it holds, UTC. */
  from: z.iso.date("a day, e.g. 2026-11-01").optional(),
  promptUpTo: positive.optional(),
  /** US dollars per million tokens. */
  input: usd.default(0),
  output: usd.default(0),
  cacheRead: usd.optional(),
  cacheWrite: usd.optional(),
  cacheWriteHour: usd.optional(),
  /** US dollars for one search, and for one call. */
  webSearch: usd.optional(),
  call: usd.optional(),
});

const configSchema = z.strictObject({
  /** The passes. */
  rules: z.array(ruleSchema).min(1, "at least one rule"),
  /** Slots by pool; `integration: 1` makes integration single-threaded over the whole campaign. */
  pools: z.record(z.string(), positive).default({}),
  /** Running targets over all pools. */
  limit: positive.default(32),
  agents: z
    .strictObject({
      /** `replay` plays recordings: no key, no cost. `anthropic` asks Claude, `command` a program. */
      provider: z.enum(["replay", "anthropic", "command"]).default("replay"),
      /** Folder of the recordings. */
      recordings: z.string().default("recordings"),
      /** The file whose titled sections the agents' `lookup` tool reads. */
      lookup: z.string().optional(),
      /** The model of all passes that name none, and of single passes by the rule's name. */
      model: z.string().min(1).optional(),
      models: z.record(z.string(), z.string().min(1)).default({}),
      /** Where the Messages API is. The key is taken from ANTHROPIC_API_KEY. */
      baseUrl: z
        .url({ protocol: /^https?$/ })
        .refine(isPrivate, {
          message: "the key would travel in the clear: use https (http is for this machine only)",
        })
        .default("https://api.anthropic.com"),
      /** Requests that are under way at once, at the most: limits of the API lower it by themselves. */
      requests: positive.default(16),
      /** Seconds without a word after which a stream counts as stalled. */
      idle: z.number().positive().max(LONGEST_WALL).default(180),
      /** Of `command`: the program and its arguments; `{model}` becomes the model's name. */
      command: z.array(z.string()).min(1).readonly().optional(),
      /** Of `command`: seconds that one answer may take. */
      timeout: z.number().positive().max(LONGEST_WALL).default(1800),
    })
    .refine(({ provider, command }) => provider !== "command" || command !== undefined, {
      path: ["command"],
      message: 'missing: the program that answers, e.g. ["claude", "-p"]',
    })
    .prefault({}),
  /** Results that machines share, over HTTP. */
  cache: z
    .strictObject({
      /** Where the store is: `/ac/<key>` and `/cas/<sha256>` are below it. */
      url: z.url({ protocol: /^https?$/ }).refine((url) => /^[^@?#]*$/.test(url), {
        message: "a URL without credentials, query or fragment: cache.token names the variable that holds a token",
      }),
      /** Whether what is built here is kept there; where left out, in CI only. */
      push: z.boolean().optional(),
      /** The environment variable that holds what is sent as `Authorization: Bearer`. */
      token: z
        .string()
        .regex(/^[A-Za-z_]\w*$/, "the name of an environment variable; the token itself belongs in no file")
        .optional(),
      /** Seconds that one request may take. */
      timeout: z.number().positive().max(LONGEST_WALL).default(10),
    })
    .refine(({ url, token }) => token === undefined || isPrivate(url), {
      path: ["url"],
      message: "the token would travel in the clear: use https (http is for this machine only)",
    })
    .optional(),
  /** Ceilings, in US dollars. Nothing is bought that could pass one. */
  budgets: z
    .strictObject({
      /** For one run of `codex build`; its --budget overrides it. */
      run: usd.optional(),
      campaign: usd.optional(),
      /** By tier; where left out, what the file of the campaign's ceilings says. */
      tiers: z.record(z.string(), tierBudgetSchema).default({}),
      /** Set aside for a call is the most that it can cost, times this. */
      margin: z.number().min(1).default(1.1),
      /** The share of a ceiling at which it is told. */
      alertAt: z.number().min(0).max(1).default(0.8),
    })
    .prefault({}),
  /** Prices of models that Codex does not know, or knows another price of: one rule, or several by day and prompt size. */
  prices: z.record(z.string(), z.union([priceSchema, z.array(priceSchema).min(1)])).default({}),
  /** How many escalations may be open before nothing new starts. */
  escalations: z
    .strictObject({
      /** Raised within the last hour. */
      perHour: positive.default(DEFAULT_CAPS.perHour),
      open: positive.default(DEFAULT_CAPS.open),
    })
    .prefault({}),
  /** When agents stall or fail one after the other, no more are started: a person looks. */
  hardStops: z
    .strictObject({
      /** Stalled agents of one pass among the last `batch`. */
      stalls: positive.default(DEFAULT_HARD_STOPS.stalls),
      batch: positive.default(DEFAULT_HARD_STOPS.batch),
      /** Targets of one pass that give up one after the other. */
      failures: positive.default(DEFAULT_HARD_STOPS.failures),
      /** By which share a metric that is below its threshold may fall with one integration; `false` compares nothing. */
      continuity: z.union([z.number().min(0).max(1), z.literal(false)]).default(CONTINUITY_FALL),
    })
    .prefault({}),
  /** After how many hours the watchdog takes something for stuck, and at which share of a ceiling it warns. */
  watchdog: z
    .strictObject({
      ownerHours: z.number().positive().default(4),
      productionHours: z.number().positive().default(24),
      verifiedHours: z.number().positive().default(168),
      alertAt: z.number().min(0).max(1).default(0.8),
    })
    .prefault({}),
  /** A program that is told what newly waits for a person: its arguments; it gets JSON on standard input. */
  notify: z.array(z.string()).min(1).readonly().optional(),
  /** What is printed about the campaign, and where its ledgers stand. */
  campaign: z
    .strictObject({
      /** The collection of books, with slug, tier, entry and plan. */
      books: z.custom<Collection<Params>>(
        (value) => collectionSchema.safeParse(value).success,
        "a collection, made with collection(…)",
      ),
      /** The collection of flows, with id, kind and what they hang off. */
      flows: z
        .custom<Collection<Params>>(
          (value) => collectionSchema.safeParse(value).success,
          "a collection, made with collection(…)",
        )
        .optional(),
      /** Folder of the ledgers, logs and traces. */
      manifests: z.string().default("manifests"),
      /** The file that declares the ceilings of tiers and campaign, in the form of `manifests/books.yaml`. */
      ceilings: z.string().optional(),
      /** A validator of the campaign's own, for `codex validate`: it gets a unit's path as its last argument. */
      validator: z
        .strictObject({
          /** The program and its arguments, e.g. ["python3", "scripts/validate_unit.py"]. */
          command: z.array(z.string()).min(1).readonly(),
          /** `beside` the native rubric, or `instead` of it. */
          use: z.enum(["beside", "instead"]).default("beside"),
        })
        .optional(),
      /** What continuity must reach; the protocol's figures where left out. */
      continuity: z
        .strictObject({
          thresholds: z.partialRecord(z.enum(METRICS as readonly [Metric, ...Metric[]]), z.number()).default({}),
          /** Ids or paths of units that are measured and not yet judged. */
          grace: z.array(z.string()).readonly().default([]),
        })
        .prefault({}),
    })
    .optional(),
});

export type ConfigInput = Omit<z.input<typeof configSchema>, "rules"> & { rules: readonly Rule[] };
export type Config = Omit<z.output<typeof configSchema>, "rules"> & { readonly rules: readonly Rule[] };

/** Types a configuration. It is checked when Codex loads it. */
export const defineConfig = (config: ConfigInput): ConfigInput => config;

/**
 * Checks what a configuration file exported.
 * @param where the file, for messages.
 */
export function checkConfig(exported: unknown, where: string): Result<Config, Fault> {
  const parsed = configSchema.safeParse(exported);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const key = issue.path.map(String).join(".") || "(the default export)";
    const more = parsed.error.issues.length > 1 ? ` (and ${parsed.error.issues.length - 1} more)` : "";
    return err(
      usageFault(
        `${key}: ${issue.message}${more}`,
        where,
        `correct ${key} in ${where}; docs/reference/config.md lists the keys`,
      ),
    );
  }
  const config = parsed.data as unknown as Config;
  const names = new Map<string, number>();
  for (const [index, each] of config.rules.entries()) {
    const before = names.get(each.name);
    if (before !== undefined) {
      return err(
        usageFault(
          `rules.${index}.name: ${each.name} is also the name of rules.${before}`,
          where,
          "give one of the two another name",
        ),
      );
    }
    names.set(each.name, index);
    if (each.pool !== undefined && !Object.hasOwn(config.pools, each.pool)) {
      return err(
        usageFault(`rules.${index}.pool: there is no pool ${each.pool}`, where, `add it: pools: { ${each.pool}: 1 }`),
      );
    }
  }
  return ok(config);
}
