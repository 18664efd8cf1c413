/** Secrets: out of texts and plain data wherever they stand, and nothing else with them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REDACTED, redactor } from "../src/redact.ts";

const redact = redactor({
  ANTHROPIC_API_KEY: "not-shaped-like-one",
  MY_TOKEN: "tok-1234567",
  MY_TOKEN_LONGER_SECRET: "tok-1234567-and-more",
  SHORT_KEY: "abc",
  HOME: "/home/somebody",
  EDITOR: "some-editor",
  UNSET_KEY: undefined,
});

describe("redact", () => {
  it.each([
    ["the value not-shaped-like-one", `the value ${REDACTED}`],
    ["tok-1234567-and-more, tok-1234567", `${REDACTED}, ${REDACTED}`],
    ["sk-ant-api03-AbCd_1234567890-xyz.", `${REDACTED}.`],
    ["Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", `Authorization: ${REDACTED}`],
    ["ghp_0123456789abcdefghij0123456789abcdef", REDACTED],
  ])("takes the secret out of %j", (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each([
    "abc is short, /home/somebody is no secret, some-editor is none",
    "a sk-ew-symmetric-bilinear-form and the ta-sk-oriented-curriculum",
    "Bearer representation-theory and the Bearer of bad news",
    "ghost_0123456789abcdefghij",
    "",
  ])("leaves %j as it is", (text) => {
    expect(redact(text)).toBe(text);
  });

  it("looks into lists, objects and their keys, and gives back what holds none as it is", () => {
    const clean = { a: [1, null, true, { b: "text" }] };
    expect(redact(clean)).toBe(clean);
    expect(redact({ a: ["tok-1234567", { "tok-1234567": [undefined, "x"] }], n: 3 })).toEqual({
      a: [REDACTED, { [REDACTED]: [undefined, "x"] }],
      n: 3,
    });
  });

  it("leaves no secret in any JSON", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("tok-1234567", "x not-shaped-like-one y"));
    fc.assert(
      fc.property(fc.object({ key: text, values: [text, fc.integer()], maxDepth: 3 }), (value) => {
        const left = JSON.stringify(redact(value));
        expect(left).not.toContain("tok-1234567");
        expect(left).not.toContain("not-shaped-like-one");
      }),
    );
  });
});
