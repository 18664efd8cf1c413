/** `codex init`: makes a folder a campaign. It looks at what is there, writes what is missing, and never over anything. */
import { join } from "node:path";
import { Files } from "../../artifact/files.ts";
import { writeAtomic } from "../../artifact/write.ts";
import { EXIT } from "../exit.ts";
import { ignoredToo, isCampaign, lookAround, newFiles } from "../init.ts";
import { realHost } from "../real-host.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

export async function initCommand(terminal: Terminal, { dryRun }: { readonly dryRun?: boolean }): Promise<number> {
  const host = realHost(process.cwd());
  const files = new Files(host);
  const found = lookAround(files);
  const { colours } = terminal;
  if (found.config !== undefined) {
    terminal.out(`This folder is a campaign already: ${found.config} is kept as it is.`);
  } else if (isCampaign(found)) {
    const parts = [
      plural(found.plans.length, "plan"),
      plural(found.units.length, "unit"),
      ...(found.flows.length > 0 ? [plural(found.flows.length, "file of flows", "files of flows")] : []),
      ...(found.books ? ["a list of books"] : []),
      ...(found.catalog ? ["a concept catalog"] : []),
    ];
    terminal.out(`Found a campaign that was begun without Codex: ${parts.join(", ")}.`);
  }
  const verb = dryRun ? "would write" : "wrote";
  for (const { path, text, what } of newFiles(found, files)) {
    if (!dryRun) writeAtomic(host, join(host.root, path), new TextEncoder().encode(text));
    terminal.out(`${colours.green("+")} ${verb} ${path} ${colours.dim(`(${what})`)}`);
  }
  const ignored = ignoredToo(found);
  if (ignored !== undefined) {
    // Appended to: whatever else stands there stays byte for byte.
    if (!dryRun) host.fs.writeFileSync(join(host.root, ".gitignore"), ignored, { flag: "a" });
    terminal.out(
      `${colours.green("+")} ${dryRun ? "would add" : "added"} .codex/ to .gitignore ${colours.dim("(caches; traces and ledgers belong in git)")}`,
    );
  }
  terminal.out("");
  const next: [string, string][] = isCampaign(found)
    ? [
        ["codex doctor", "is everything there that a build needs?"],
        ["codex build -n all", "what would run, and what it would cost; writes nothing"],
        ['codex adopt --why "made before Codex"', "take the finished work over as built; runs nothing"],
        ["codex status", "the books and their passes at a glance"],
      ]
    : [
        ["codex build -n", "what would run and why; writes nothing"],
        ["codex build", "run it"],
        ["codex watch", "build whenever a file is saved"],
        ["codex doctor", "is everything there that a build needs?"],
      ];
  terminal.out("Next:");
  const width = Math.max(...next.map(([command]) => command.length));
  for (const [command, what] of next) terminal.out(`  ${command.padEnd(width)}  ${colours.dim(what)}`);
  return EXIT.done;
}
