/** `codex defer`: the campaign goes on without a unit or a whole book, and its records say who decided so and why. */
import { encodeUtf8 } from "../../artifact/utf8.ts";
import { writeAtomic } from "../../artifact/write.ts";
import {
  DEFERRALS_PATH,
  type Deferrals,
  parseDeferrals,
  renderDeferrals,
  withDeferral,
} from "../../curriculum/deferrals.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { nearest, resolveAddress } from "../../graph/address.ts";
import { campaignBooks, campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { whoIsThere } from "../who.ts";
import { withLock } from "../with-lock.ts";

export interface DeferFlags {
  readonly why: string;
  readonly undo?: boolean;
}

interface Place {
  readonly slug: string;
  /** Undefined where the whole book is meant. */
  readonly unit: string | undefined;
}

export async function deferCommand(terminal: Terminal, typed: readonly string[], flags: DeferFlags): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  const path = `${host.root}/${DEFERRALS_PATH}`;
  const places = typed.flatMap((each) => placesOf(each, workspace, flags.undo === true));
  return withLock(host, "codex defer", async () => {
    for (const text of recoverCommits(engine)) terminal.out(text);
    const recorder = recorderOf(workspace);
    const who = whoIsThere(host.root);
    const by = `person:${who}`;
    const deferral = flags.undo ? undefined : { why: flags.why, by, at: new Date(host.now()).toISOString() };
    let deferrals = deferralsOf(workspace);
    for (const { slug, unit } of places) {
      deferrals = withDeferral(deferrals, slug, unit, deferral);
      const address = unit === undefined ? `book/${slug}` : `book/${slug}/P4_production/${unit}`;
      const [from, to] = flags.undo ? ["deferred", "taken up"] : ["planned", "deferred"];
      recorder?.answered({ address, from, to, actor: by, rationale: flags.why });
      terminal.out(`${flags.undo ? "Taken up again" : "Deferred"} by ${who}: ${address}`);
    }
    writeAtomic(host, path, encodeUtf8(renderDeferrals(deferrals)));
    recorder?.project(campaignView(await openWorkspace()));
    return EXIT.done;
  });
}

/** What is deferred in the workspace now. */
export function deferralsOf({ host }: Pick<Workspace, "host">): Deferrals {
  try {
    return parseDeferrals(host.fs.readFileSync(`${host.root}/${DEFERRALS_PATH}`, "utf8"));
  } catch (error) {
    if (error instanceof FaultError) throw error;
    // Nothing was ever deferred.
    return {};
  }
}

/** The books and units that an address means. What is deferred already has no targets, and is looked up by its name. */
function placesOf(typed: string, workspace: Workspace, undo: boolean): Place[] {
  const [kind, key = "", pass, unit] = typed.split("/").filter((segment) => segment !== "");
  const slugs = campaignBooks(workspace).map((book) => book.slug);
  const slug = slugs.find((each) => each === key) ?? only(slugs.filter((each) => each.startsWith(key)));
  if (kind === "book" && slug !== undefined && pass === undefined) return [{ slug, unit: undefined }];
  if (undo && kind === "book" && slug !== undefined && unit !== undefined) return [{ slug, unit }];
  const { graph } = layOut(workspace.engine.expand);
  const found = resolveAddress(typed, [...graph.targets.values()]);
  if (!found.ok) {
    const near = kind === "book" ? nearest(key, slugs) : [];
    throw new FaultError(
      near.length === 0 ? found.error : { ...found.error, mend: `did you mean ${near.join(" or ")}?` },
    );
  }
  const places = found.value.flatMap(({ id }): Place[] => {
    const [, book = "", rule, made] = id.split("/");
    return rule === "P4_production" && made !== undefined ? [{ slug: book, unit: made }] : [];
  });
  if (places.length > 0) return places;
  const mend = "name a book, or the production of a unit: book/<slug>/P4_production/<unit>";
  throw new FaultError(usageFault("only whole books and units can be deferred", typed, mend));
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);
