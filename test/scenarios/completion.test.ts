/** Pressing the key for completion: what `codex complete` answers, and what bash, zsh and fish make of it. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Campaign, pilot, type Run } from "./harness.ts";

const campaign = pilot();
const BOOK = "book/lawson-michelsohn-spin-geometry";

describe("codex complete", () => {
  const complete = (...words: string[]): string[] =>
    campaign
      .codex("complete", "--", ...words)
      .out.trimEnd()
      .split("\n")
      .map((line) => line.split("\t")[0]!);

  test("knows the books, a segment at a time, and slugs that are cut short", () => {
    expect(complete("build", "book/law")).toEqual([`${BOOK}/`]);
    expect(complete("why", `${BOOK}/P2`)).toEqual([`${BOOK}/P2_gap`]);
    expect(complete("why", "book/lawson/P2")).toEqual(["book/lawson/P2_gap"]);
    expect(complete("build", "tier/")).toEqual(["tier/alpha", "tier/beta", "tier/gamma"]);
    // What is offered with a slash at its end means the same with and without it.
    expect(campaign.codex("why", `${BOOK}/P2_gap/`).code).toBe(0);
  });

  test("without a campaign it offers no address, and says nothing", () => {
    const run = new Campaign().codex("complete", "--", "build", "x");
    expect([run.code, run.out, run.err]).toEqual([0, "", ""]);
  });
});

/** A word that would leave a file behind if a shell or its script evaluated it. */
const TRAP = "$(touch trapped)";

describe("in a shell", () => {
  campaign.write(
    "bin/codex",
    `#!/bin/sh\nexec "${process.execPath}" "${fileURLToPath(new URL("../../bin/codex.cjs", import.meta.url))}" "$@"\n`,
  );
  const env = { ...process.env, PATH: `${campaign.path("bin")}:${process.env.PATH}`, HOME: campaign.path("home") };
  spawnSync("chmod", ["+x", campaign.path("bin/codex")]);
  const run = (program: string, args: readonly string[]): Run => {
    const ran = spawnSync(program, args, { cwd: campaign.root, env, encoding: "utf8", timeout: 60_000 });
    return { code: ran.status ?? -1, out: ran.stdout, err: ran.stderr };
  };
  const absent = (shell: string): boolean => {
    const missing = spawnSync(shell, ["-c", "true"]).status !== 0;
    if (missing) process.stdout.write(`skipped: ${shell} is not here, so completion is not tried in it\n`);
    return missing;
  };

  test.skipIf(absent("bash"))("bash", () => {
    // The words as bash divides them, at "=" too; sourced twice, as a shell's own file may be.
    const presses: readonly (readonly [words: readonly string[], completed: string])[] = [
      [["bui"], "build"],
      [["build", "book/law"], `${BOOK}/`],
      [["build", "--fail", "=", "no"], "no-new"],
      [["build", "--fail", "="], "continue no-new stop"],
      [["build", "--fail", ""], "continue no-new stop"],
      [["reject", "--why", '"two words: yes"', TRAP, '"book/law'], `${BOOK}/`],
    ];
    const lines = presses.map(([words]) => {
      const quoted = words.map((word) => `'${word}'`).join(" ");
      return `COMP_WORDS=(codex ${quoted}); COMP_CWORD=${words.length}; _codex; echo "\${COMPREPLY[@]}"`;
    });
    const loads = ["source <(codex completion bash)", "source <(codex completion bash)"];
    const { out, err } = run("bash", ["--norc", "-c", [...loads, ...lines].join("\n")]);
    expect([out.trim().split("\n"), err]).toEqual([presses.map(([, completed]) => completed), ""]);
    expect(campaign.exists("trapped")).toBe(false);
  });

  test.skipIf(absent("fish"))("fish", () => {
    const press = (line: string): string[] => {
      const { out, err } = run("fish", ["-c", `codex completion fish | source; complete -C '${line}'`]);
      expect(err).toBe("");
      return out.trim().split("\n");
    };
    expect(press("codex bui")).toEqual(["build\tbring targets up to date"]);
    expect(press("codex build book/law")).toEqual([`${BOOK}/`]);
    expect(press("codex why book/lawson/P2")).toEqual(["book/lawson/P2_gap"]);
    expect(press("codex build --fail=no")).toEqual(["--fail=no-new"]);
    expect(press("codex graph all -o codex.c")).toEqual(["codex.config.ts"]);
    expect(press("codex graph all --output=codex.c")).toEqual(["--output=codex.config.ts"]);
    expect(press(`codex build ${TRAP} book/law`)).toEqual([`${BOOK}/`]);
    expect(campaign.exists("trapped")).toBe(false);
  });

  test.skipIf(absent("zsh"))("zsh", () => {
    // A terminal of zsh's own: what is typed, the key, and Enter; the command says what the line became, in words that
    // do not stand so in what is typed, which the terminal shows as well.
    const press = (line: string): string => {
      const script = `
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'PS1= COLUMNS=200; autoload -Uz compinit && compinit -u -D'
        zpty -w shell 'codex() { if [[ $1 == comp* ]]; then command codex "$@"; else print -r -- "THE ""LINE: $@ ."; fi }'
        zpty -w shell 'source <(codex completion zsh)'
        zpty -w shell ${`'${line}'`}$'\\t'
        zpty -r shell out '*THE LINE: ?* .*'
        print -r -- "$out"`;
      const { out } = run("zsh", ["-f", "-c", script]);
      return /THE LINE: (\S.*) \.\s*$/.exec(out)?.[1] ?? out;
    };
    expect(press("codex bui")).toBe("build");
    expect(press("codex build book/law")).toBe(`build ${BOOK}/`);
    expect(press("codex build --fail=no")).toBe("build --fail=no-new");
    expect(press("codex graph all -o codex.c")).toBe("graph all -o codex.config.ts");
    expect(press('codex reject --why "two words: yes" book/law')).toBe(`reject --why two words: yes ${BOOK}/`);
  });
});
