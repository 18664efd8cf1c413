/** What a build keeps in memory: a run that has ended leaves nothing behind, however long the build goes on. */
import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { call } from "../../src/exec/action.ts";
import { build } from "../../src/exec/build.ts";
import { collection } from "../../src/rules/collection.ts";
import { rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { DEFAULTS, rig } from "./rig.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("what runs made, and who waited for them to be stopped, are let go", async () => {
  const made: WeakRef<object>[] = [];
  const stop = new AbortController();
  const names = Array.from({ length: 20 }, (_, index) => String(index));
  const rules = [
    rule({
      name: "make",
      each: collection("item", { items: names, key: (name) => name }),
      outputs: ({ item }) => ({ out: file(`out/${item}.txt`) }),
      run: call<{ item: string }>(({ params }) => {
        const outputs = { out: params.item };
        made.push(new WeakRef(outputs));
        return { outputs };
      }),
    }),
  ];
  const { summary } = await build(rig(rules).open(), { ...DEFAULTS, abort: stop.signal });
  expect(summary.ran).toBe(20);
  // A reference that was just made keeps its object until the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(made.filter((each) => each.deref() !== undefined)).toEqual([]);
  expect(getEventListeners(stop.signal, "abort").length).toBeLessThan(3);
});
