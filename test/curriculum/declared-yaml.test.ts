/** Lists that people keep by hand: what is wrong with one is said with the file, and the line or the key. */
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { declaredYaml } from "../../src/curriculum/declared-yaml.ts";
import { FaultError } from "../../src/fault.ts";

const SCHEMA = z.strictObject({
  version: z.literal(1),
  items: z.array(z.strictObject({ id: z.string() })).default([]),
});
const WHERE = "manifests/list.yaml";

const faultOf = (text: string): unknown => {
  try {
    return declaredYaml(text, SCHEMA, WHERE);
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
};

describe("a list", () => {
  test("is read in the schema's form, what is left out included", () => {
    expect(declaredYaml("version: 1\n", SCHEMA, WHERE)).toEqual({ version: 1, items: [] });
  });

  test.each([
    ["items: [", /^[^\n]+at line 1[^\n]*$/, "correct the YAML"],
    ["a: &a [1]\nb: *a\n", /alias/i, "correct the YAML"],
    ["version: 1\nitems: [{ id: 3 }]\n", /^items\.0\.id: /, "correct this entry"],
    ["version: 2\n", /^version: /, "correct this entry"],
    ["- 1\n", /^the list: /, "correct this entry"],
    ["", /^the list: /, "correct this entry"],
  ])("%j is refused", (text, what, mend) => {
    expect(faultOf(text)).toEqual({ what: expect.stringMatching(what), where: WHERE, mend, exit: 2 });
  });
});
