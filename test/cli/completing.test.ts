import { Argument, Command, Option } from "commander";
import { describe, expect, test } from "vitest";
import { complete, nextSegments } from "../../src/cli/completing.ts";

const target = (id: string, ...groups: string[]) => ({ id, groups });

describe("addresses", () => {
  const targets = [
    target("book/algebra/P1", "tier/alpha"),
    target("book/algebra/P4", "tier/alpha"),
    target("book/algebra/P4/01.01", "tier/alpha", "unit/01.01"),
    target("book/analysis/P1", "tier/beta"),
    target("note/x"),
  ];
  test.each([
    ["", ["all", "book/algebra/", "book/analysis/", "note/x", "tier/alpha", "tier/beta", "unit/01.01"]],
    ["a", ["all"]],
    ["bo", ["book/algebra/", "book/analysis/"]],
    ["book/al", ["book/algebra/"]],
    // What has more below it is not offered twice.
    ["book/algebra/", ["book/algebra/P1", "book/algebra/P4/"]],
    ["book/algebra/P4/", ["book/algebra/P4/01.01"]],
    ["book/alg/P1", ["book/alg/P1"]],
    // Which book is not known.
    ["book/a/P1", []],
    ["book/none/P1", []],
    ["tier/", ["tier/alpha", "tier/beta"]],
  ])("%j goes on as %j", (typed, expected) => {
    expect(nextSegments(typed, targets)).toEqual(expected);
  });

  test("a name that a shell would take for more than a name is not offered", () => {
    expect(nextSegments("", [target("note/$(reboot)"), target("note/a b"), target("note/é")])).toEqual([
      "all",
      "note/é",
    ]);
  });

  test("there are never more than fit on a screen", () => {
    expect(
      nextSegments(
        "",
        Array.from({ length: 5000 }, (_, i) => target(`note/n${i}`)),
      ),
    ).toHaveLength(200);
  });
});

describe("the place in the line", () => {
  const codex = new Command("codex");
  codex
    .command("build")
    .argument("[address...]")
    .option("-n, --dry-run", "dry")
    .option("-j, --jobs <n>", "jobs")
    .option("--profile <file>", "profile")
    .option("--until <release>", "until")
    .addOption(new Option("--fail <mode>", "fail").choices(["continue", "stop"]));
  codex.command("answer").argument("<address>").argument("[words]").option("-o, --output <name=file...>", "outputs");
  codex.command("completion").addArgument(new Argument("<shell>").choices(["bash", "zsh"]));
  codex.command("validate").argument("[path...]");
  codex.command("doctor").option("-f, --format <format>", "format");
  const ledger = codex.command("ledger");
  ledger.command("verify").description("verify");
  codex.command("secret", { hidden: true });

  const names = async () => [target("book/x/P1"), target("release/v1")];
  const at = async (...words: string[]): Promise<string> => {
    const { candidates, files } = await complete(codex, words, names);
    return [...candidates.map(({ value }) => value), ...(files ? [":files"] : [])].join(" ");
  };

  test.each([
    [[""], "build answer completion validate doctor ledger help"],
    [["bu"], "build"],
    [["se"], ""],
    [["build", ""], "all book/x/ release/v1"],
    [["build", "book/x", "rel"], "release/v1"],
    [["build", "--d"], "--dry-run"],
    [["build", "-n", "bo"], "book/x/"],
    [["build", "-j", "bo"], ""],
    [["build", "-j", "2", "bo"], "book/x/"],
    [["build", "--jobs=2", "bo"], "book/x/"],
    [["build", "--fail", ""], "continue stop"],
    [["build", "--fail=s"], "--fail=stop"],
    [["build", "--none=s"], ""],
    [["build", "--profile", ""], ":files"],
    [["build", "--profile="], ":files"],
    [["build", "--until", ""], "release/v1"],
    [["build", "--until=r"], "--until=release/v1"],
    // After `--` no word is an option.
    [["build", "--", "--d"], ""],
    [["build", "--", "bo"], "book/x/"],
    // The address is there; words are a person's.
    [["answer", "book/x/P1", ""], ""],
    // An option of several values takes what follows.
    [["answer", "-o", "a=b", "c="], ":files"],
    [["answer", "-o", "a=b", "--out"], "--output"],
    [["completion", "z"], "zsh"],
    [["completion", "zsh", ""], "--help"],
    [["validate", "con"], ":files"],
    [["doctor", ""], "--format --help"],
    [["ledger", ""], "verify help"],
    [["ledger", "verify", "--"], "--help"],
    [["help", "bu"], "build"],
  ])("%j: %s", async (words, expected) => {
    expect(await at(...words)).toBe(expected);
  });

  test("the configuration is loaded for addresses only", async () => {
    const never = () => Promise.reject(new Error("asked"));
    expect(await complete(codex, ["build", "--f"], never)).toMatchObject({ candidates: [{ value: "--fail" }] });
    await expect(complete(codex, ["build", ""], never)).rejects.toThrow("asked");
  });
});
