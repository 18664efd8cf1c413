/** Lines of the audit log: how they read, and which are meant. */
import { expect, test } from "vitest";
import type { LogLine } from "../../src/campaign/audit-log.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { isMeant, logLine } from "../../src/cli/view/log-lines.ts";

const plain = new Proxy({} as Terminal["colours"], { get: () => (text: string) => text });
const LINE: LogLine = {
  n: 3,
  at: "2026-03-01T10:00:00Z",
  kind: "pass",
  address: "book/x/P1_audit",
  from: "pending",
  to: "completed",
  actor: "agent-1",
  rationale: "never built",
  prev: "",
  hash: "",
};

test("a line says when, what, from where to where, by whom and why", () => {
  expect(logLine(LINE, plain)).toBe(
    "2026-03-01T10:00:00Z  book/x/P1_audit  pending → completed  by agent-1 (never built)",
  );
  expect(logLine({ ...LINE, from: "", rationale: "" }, plain)).toBe(
    "2026-03-01T10:00:00Z  book/x/P1_audit  completed  by agent-1",
  );
});

test.each([
  ["book/lawson", "book/lawson-michelsohn/P2_gap", true],
  ["book/lawson/P2", "book/lawson-michelsohn/P2_gap", true],
  ["book/lawson/P3", "book/lawson-michelsohn/P2_gap", false],
  ["book/*/P2_gap", "book/knuth/P2_gap", true],
  ["book/*/P2", "book/knuth/P2_gap", true],
  ["book/k?uth", "book/knuth/P2_gap", true],
  ["book/x/y/z/w", "book/x/y", false],
  ["all", "anything", true],
  ["book/a.c", "book/abc", false],
])("%s means %s: %s", (typed, address, meant) => expect(isMeant(typed, address)).toBe(meant));
