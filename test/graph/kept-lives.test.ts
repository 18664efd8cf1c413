/** Lives in which the graph and its naive model once disagreed: each is lived again, without the rows that it did not need. */
import { describe, it } from "vitest";
import type { Question } from "../../src/artifact/question.ts";
import type { Campaign, Member } from "./campaign.ts";
import { live, type Step } from "./lives.ts";
import { address, type Spec } from "./world.ts";

const member = (id: string, modulus: number, spec: Spec, reads: readonly Question[] = []): Member => ({
  id: address(id),
  spec: { mayAmend: [], ...spec },
  reads,
  modulus,
});
const campaign = (...members: readonly Member[]): Campaign => ({
  members: new Map(members.map((each) => [each.id, each])),
  sources: ["s0", "s1"],
  isOrdered: false,
});
const build = (
  meanwhile?: { readonly run: number; readonly which: number; readonly text: "c" },
  limit: 3 | 999 = 999,
): Step => ({
  kind: "build",
  picks: [0],
  limit,
  failing: undefined,
  force: undefined,
  refresh: undefined,
  overwriteEdits: undefined,
  meanwhile,
});

describe("a life that was once in dispute", () => {
  it("has an amender withdraw what others amended on an edit of later work", () => {
    // With these texts T0 amends on the edit, and not when its source is another.
    const f0: Question = { kind: "read", ref: "f0" };
    const amenders = campaign(
      member("T0", 3, { hard: { i0: "s0" }, products: ["p"], amends: ["s1"] }, [f0, f0]),
      member("T1", 2, { hard: { i0: "product:T0:p" }, out: ["f1"], amends: ["s1"], after: ["T0"] }),
      member("T2", 1, { out: ["f2"], amends: ["s1"], after: ["T0", "T1"] }),
    );
    live(amenders, [build(), { kind: "source", which: 1, text: "a" }, build({ run: 1, which: 0, text: "c" })]);
  });

  it("has one that may amend leave a file as it was, after its work was taken back", () => {
    const amenders = campaign(
      member("T0", 2, { hard: { i0: "s0" }, out: ["shared.json#/f0"], mayAmend: ["s1"] }),
      member("T1", 2, { out: ["f1"], amends: ["s0"] }),
      member("T2", 1, { products: ["p"] }),
      member("T3", 1, { out: ["f3"], mayAmend: ["s1"], after: ["T0"] }),
    );
    live(amenders, [build(undefined, 3), { kind: "takeBack", which: 73 }, { kind: "version", which: 0, version: 2 }]);
  });

  it("has one that may amend leave a file as it was, and one before it add to it again", () => {
    const amenders = campaign(
      member("T0", 1, { out: ["f0"] }),
      member("T1", 1, { products: ["p"], mayAmend: ["f0"], after: ["T0"] }),
      member("T2", 1, { hard: { i0: "glob:f[0-1]" }, out: ["shared.json#/f2"], mayAmend: ["s1"] }),
      member("T3", 2, { hard: { i0: "glob:f[0-2]" }, out: ["f3"], mayAmend: ["s1"], after: ["T2"] }),
    );
    live(amenders, [build(), { ...(build() as Step & { kind: "build" }), picks: [7], force: 0 }]);
  });

  it("has one withdraw whose earlier work is under a person's edit", () => {
    const f0: Question = { kind: "read", ref: "f0" };
    const amenders = campaign(
      member("T0", 3, { out: ["f0"], amends: ["s0"] }, [f0, f0]),
      member("T3", 2, { hard: { i0: "s0" }, out: ["f3"], amends: ["s0"], after: ["T0"] }),
      member("T4", 1, { out: ["f4"], amends: ["s0"], after: ["T0", "T3"] }),
    );
    live({ ...amenders, sources: ["s0"] }, [build(), { kind: "source", which: 0, text: "a" }]);
  });

  it("has a file's maker go, with the amenders of its file still there", () => {
    // With these texts f0 says that T1 is there, and when T0's work is taken back, that it is not.
    const amenders = campaign(
      member("T0", 3, { out: ["f0"], amends: ["s0"] }, [{ kind: "read", ref: "shared.json#/f0" }]),
      member("T1", 1, { out: ["f1"], decidedBy: "f0" }),
      member("T3", 1, { out: ["f3"], amends: ["f1"] }),
      member("T4", 1, { hard: { i0: "glob:f[0-3]" }, out: ["f4"], products: ["p"], amends: ["f0"] }),
      member("T6", 1, { hard: { i0: "f4" }, out: ["f6"], amends: ["f1"], after: ["T3"] }),
    );
    live({ ...amenders, sources: ["s0"] }, [
      { kind: "source", which: 0, text: "b" },
      build(),
      { kind: "takeBack", which: 0 },
    ]);
  });
});
