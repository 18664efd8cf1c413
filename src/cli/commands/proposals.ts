/** `codex proposals`: the connections that integration could not register by itself, and a person's decision on each. */
import { decideProposals, proposalsOf } from "../../curriculum/decide-proposals.ts";
import { connectionOf, PROPOSALS_PATH } from "../../curriculum/proposals.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { withLock } from "../with-lock.ts";
import { writeFiles } from "../write-files.ts";

export async function listProposals(terminal: Terminal, flags: { readonly all?: boolean }): Promise<number> {
  const { engine } = await openWorkspace();
  const queued = proposalsOf(engine.files);
  const pending = queued.filter(({ status }) => status === "pending");
  for (const proposal of flags.all ? queued : pending) {
    const asked = connectionOf(proposal);
    terminal.out(`${proposal.id}  ${proposal.fields.get("status") ?? "?"}  ${proposal.title}`);
    terminal.out(
      asked.ok
        ? `    ${asked.value.type}, ${asked.value.strength}: "${asked.value.anchor_phrase}"`
        : `    ${asked.error}`,
    );
    const rationale = proposal.fields.get("rationale");
    if (rationale) terminal.out(`    ${rationale}`);
  }
  terminal.out(
    pending.length === 0
      ? "No proposal waits for a decision."
      : `${plural(pending.length, "proposal waits", "proposals wait")}: codex proposals approve <id…>, or reject <id…> --why TEXT`,
  );
  return EXIT.done;
}

interface DecisionFlags {
  readonly why: string;
}

export const approveProposals = (terminal: Terminal, ids: readonly string[], { why }: DecisionFlags): Promise<number> =>
  decide(terminal, "approved", ids, why);

export const rejectProposals = (terminal: Terminal, ids: readonly string[], { why }: DecisionFlags): Promise<number> =>
  decide(terminal, "rejected", ids, why);

/** Writes the decision in one commit. What it changes is a person's edit, like any other. */
async function decide(
  terminal: Terminal,
  status: "approved" | "rejected",
  ids: readonly string[],
  why: string,
): Promise<number> {
  const { engine, host } = await openWorkspace();
  return withLock(host, "codex proposals", () => {
    for (const text of recoverCommits(engine)) terminal.out(text);
    const at = new Date(host.now()).toISOString();
    const full = ids.map((id) => (/^\d+$/.test(id) ? `conn:proposal:${id.padStart(3, "0")}` : id));
    const decided = decideProposals(engine.files, full, { status, at, note: why.replace(/\s+/g, " ").trim() });
    if (!decided.ok)
      throw new FaultError(usageFault(decided.error, PROPOSALS_PATH, "codex proposals lists what waits"));
    writeFiles(engine, decided.value.changes);
    for (const action of decided.value.actions) terminal.out(action);
    return EXIT.done;
  });
}
