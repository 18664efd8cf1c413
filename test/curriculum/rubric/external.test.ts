/** What a campaign's own validator printed, read without trust. */
import { describe, expect, it } from "vitest";
import { readExternalVerdict } from "../../../src/curriculum/rubric/external.ts";

describe("an external validator", () => {
  it("that is content", () => {
    expect(readExternalVerdict(0, "\nReport for x\n  27/27 checks passed.\n  [✓] a\n")).toEqual({
      ok: true,
      value: { passed: 27, total: 27, failed: [] },
    });
  });

  it("that names what failed", () => {
    const output = "Report\r\n  25/27 checks passed.\r\n  [✗] one\r\n        detail\r\n  [✓] two\r\n  [✗] three: a\r\n";
    expect(readExternalVerdict(1, output)).toEqual({
      ok: true,
      value: { passed: 25, total: 27, failed: ["one", "three: a"] },
    });
  });

  it.each([
    [0, "", "exited with 0 without saying"],
    [1, "Traceback (most recent call last):", "exited with 1 without saying"],
    [0, "26/27 checks passed", "exited with 0 but counted 26 of 27"],
    [1, "27/27 checks passed", "exited with 1 but counted 27 of 27"],
    [1, "28/27 checks passed", "counted 28 of 27"],
    [0, "27/27 checks passed\n27/27 checks passed", "more than once"],
    [0, "1.27/27 checks passed", "without saying"],
    [null, "27/27 checks passed", "was killed"],
  ])("that exits with %j and prints %j is not believed", (code, output, why) => {
    const read = readExternalVerdict(code, output);
    expect(read.ok ? "" : read.error).toContain(why);
  });
});
