/** What is made again from the store must not undo what others made since. */
import { expect, it } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { call } from "../../src/exec/action.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { one, type Rig, rig } from "./rig.ts";

/** Adds a line with its input to a file that others may edit too. */
const amender = (name: string): Rule =>
  rule({
    name,
    each: one,
    inputs: () => ({ input: file(`${name}.txt`) }),
    outputs: () => ({}),
    mayAmend: () => ["unit.txt"],
    run: call(({ inputs, view }) => {
      const text = Buffer.from(view.bytes("unit.txt" as RepoPath) ?? []).toString();
      return { outputs: {}, amended: new Map([["unit.txt", Buffer.from(`${text}${name}${inputs.input}\n`)]]) };
    }),
  });

async function built(): Promise<Rig> {
  const made = rig([amender("A"), amender("B")], { limit: 1 });
  made.write("unit.txt", "unit\n");
  for (const name of ["A", "B"]) made.write(`${name}.txt`, "1");
  expect((await made.build()).summary).toMatchObject({ ran: 2 });
  expect(made.read("unit.txt")).toBe("unit\nA1\nB1\n");
  return made;
}

it("runs again where a file that several may edit has been edited by another since", async () => {
  const made = await built();
  made.write("A.txt", "2");
  expect((await made.build()).summary).toMatchObject({ ran: 1 });
  made.write("A.txt", "1");
  expect((await made.build()).summary).toMatchObject({ ran: 1, restored: 0 });
  expect(made.read("unit.txt")).toContain("B1");
  expect((await made.build()).summary).toMatchObject({ ran: 0, restored: 0, fresh: 2 });
});

it("restores what is on top, and what is there already", async () => {
  const made = await built();
  made.write("B.txt", "2");
  await made.build();
  made.write("B.txt", "1");
  expect((await made.build()).summary).toMatchObject({ ran: 0, restored: 1 });
  expect(made.read("unit.txt")).toBe("unit\nA1\nB1\n");
});

it("restores all of it where all traces are lost", async () => {
  const made = await built();
  made.host.fs.rmSync(made.at("manifests/traces/x.json"));
  expect((await made.build()).summary).toMatchObject({ ran: 0, restored: 2 });
  expect(made.read("unit.txt")).toBe("unit\nA1\nB1\n");
});
