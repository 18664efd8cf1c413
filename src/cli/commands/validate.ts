/** `codex validate`: units judged by the rubric, by the campaign's own validator, or by both. */
import PQueue from "p-queue";
import { parsePath } from "../../artifact/path.ts";
import type { RepoPath } from "../../artifact/workspace.ts";
import { WHOLE_BOOK } from "../../curriculum/books.ts";
import { type FindingFormat, formatVerdicts } from "../../curriculum/findings-format.ts";
import type { Flow } from "../../curriculum/flow.ts";
import { sectionsOf } from "../../curriculum/flow-list.ts";
import { adviseUnit } from "../../curriculum/rubric/advisory.ts";
import { readExternalVerdict } from "../../curriculum/rubric/external.ts";
import type { Verdict } from "../../curriculum/rubric/finding.ts";
import { indexWorkspace } from "../../curriculum/rubric/index-of-workspace.ts";
import { wholeDefects } from "../../curriculum/whole.ts";
import { describeDefect } from "../../exec/attempt.ts";
import { runProgram } from "../../exec/run-program.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { campaignBooks, campaignFlows } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { validateWorkspace } from "../validation.ts";
import { plural } from "../view/plain.ts";

export interface ValidateFlags {
  readonly advisory?: boolean;
  readonly whole?: boolean;
  readonly format: FindingFormat;
}

/** Validators of a campaign's own that run at once. */
const EXTERNAL_AT_ONCE = 4;

export async function validateCommand(
  terminal: Terminal,
  typed: readonly string[],
  flags: ValidateFlags,
): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host, config, loaded } = workspace;
  const { verdicts, faults } = validateWorkspace(workspace, true);
  whereItCan(() => {
    engine.stats.save();
    loaded.keep(host);
  });
  const [fault] = faults;
  if (fault !== undefined) throw new FaultError(fault);

  let judged = chosen(verdicts, typed);
  const validator = config.campaign?.validator;
  if (validator !== undefined) judged = await withExternal(workspace, validator.command, validator.use, judged);
  if (flags.advisory) {
    const index = indexWorkspace(engine.files);
    judged = judged.map((verdict) => ({
      ...verdict,
      findings: [...verdict.findings, ...adviseUnit(engine.files, verdict.path, index)],
    }));
  }
  terminal.out(formatVerdicts(judged, flags.format).trimEnd());
  const defects = flags.whole ? wholeDefects(engine.files, scopes(workspace)) : [];
  if (flags.whole) {
    // Beside a report for machines, these go where they do not disturb it.
    const print = flags.format === "text" ? terminal.out : terminal.err;
    for (const each of defects) print(describeDefect(each));
    print(`the whole: ${plural(defects.length, "defect")}`);
  }
  return judged.every((verdict) => verdict.failed.length === 0) && defects.length === 0 ? EXIT.done : EXIT.failed;
}

/** The sections that a flow must cover: those that it is declared with, else its book's scope. */
function scopes(workspace: Workspace): (flow: Flow) => readonly string[] {
  const declared = new Map(campaignFlows(workspace).map((flow) => [flow.id, sectionsOf(flow)]));
  const books = new Map(campaignBooks(workspace).map((book) => [book.slug, book.scope]));
  return ({ id, source_book }) =>
    declared.get(id) ?? (books.get(source_book ?? "") ?? []).filter((section) => section !== WHOLE_BOOK);
}

/** The verdicts of the files and folders that were typed; all where none was. */
function chosen(verdicts: readonly Verdict[], typed: readonly string[]): readonly Verdict[] {
  if (typed.length === 0) return verdicts;
  const wanted = typed.map((text) => {
    const path = parsePath(text.replace(/\/+$/, ""));
    if (!path.ok) throw new FaultError(path.error);
    return path.value;
  });
  const within = (path: RepoPath, each: RepoPath): boolean => path === each || path.startsWith(`${each}/`);
  const missing = wanted.find((each) => !verdicts.some(({ path }) => within(path, each)));
  if (missing !== undefined)
    throw new FaultError(usageFault("there is no unit there", missing, "units are markdown files under content/"));
  return verdicts.filter(({ path }) => wanted.some((each) => within(path, each)));
}

/** Asks the campaign's own validator about each unit, a few at once. */
async function withExternal(
  { host }: Workspace,
  command: readonly string[],
  use: "beside" | "instead",
  verdicts: readonly Verdict[],
): Promise<readonly Verdict[]> {
  const [program, ...args] = command;
  const queue = new PQueue({ concurrency: EXTERNAL_AT_ONCE });
  return queue.addAll(
    verdicts.map((native) => async (): Promise<Verdict> => {
      const { path } = native;
      const run = await runProgram(program!, [...args, path], host.root, "", new AbortController().signal);
      if (run.kind === "notStarted")
        throw new FaultError(
          usageFault(
            `the campaign's validator cannot be started: ${run.why}`,
            program!,
            "correct campaign.validator.command in codex.config.ts",
          ),
        );
      const read = run.kind === "ended" ? readExternalVerdict(run.code, run.out) : readExternalVerdict(null, "");
      const counts = read.ok ? read.value : { passed: 0, total: 1, failed: ["the campaign's validator"] };
      const findings = (
        read.ok
          ? counts.failed.map((check) => [check, "the campaign's validator failed it"] as const)
          : [["the campaign's validator", read.error] as const]
      ).map(([check, what]) => ({
        check,
        level: "failed" as const,
        path,
        line: 1,
        column: 1,
        what,
        text: "",
        mend: `${command.join(" ")} ${path}`,
      }));
      if (use === "instead") return { path, ...counts, findings };
      return {
        path,
        passed: native.passed + counts.passed,
        total: native.total + counts.total,
        failed: [...native.failed, ...counts.failed],
        findings: [...native.findings, ...findings],
      };
    }),
  );
}

/** What cannot be kept (in a folder that can only be read) costs time and nothing else. */
function whereItCan(save: () => void): void {
  try {
    save();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
