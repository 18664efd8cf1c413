import { expect, test } from "vitest";
import { call } from "../../src/exec/action.ts";
import { collection } from "../../src/rules/collection.ts";
import { checkConfig } from "../../src/rules/config.ts";
import { rule } from "../../src/rules/rule.ts";
import { error, value } from "../agents/scripted.ts";

const books = collection("book", { items: ["x"], key: (name) => name });
const rules = [rule({ name: "A", each: books, outputs: () => ({}), run: call(() => ({ outputs: {} })) })];
const check = (cache: unknown) => checkConfig({ rules, cache }, "codex.config.ts");

test.each<[object]>([
  [{ url: "https://cache.example/pool/", token: "CACHE_TOKEN", push: false, timeout: 0.5 }],
  [{ url: "http://127.0.0.1:8080", token: "CACHE_TOKEN" }],
  [{ url: "http://cache.internal:8080" }],
])("a shared cache is %j", (cache) => {
  expect(value(check(cache)).cache).toEqual({ timeout: 10, ...cache });
});

test("there is none where none is named", () => {
  expect(value(check(undefined)).cache).toBeUndefined();
});

test.each<[object, string]>([
  [{ url: "https://ada:secret@cache.example" }, "cache.url: a URL without credentials"],
  [{ url: "https://cache.example/?key=1" }, "cache.url: a URL without credentials"],
  [{ url: "https://cache.example/#x" }, "cache.url: a URL without credentials"],
  [{ url: "http://cache.example", token: "T" }, "cache.url: the token would travel in the clear"],
  [{ url: "http://127.0.0.1.evil.example", token: "T" }, "cache.url: the token would travel in the clear"],
  [{ url: "https://cache.example", token: "sk-123" }, "cache.token: the name of an environment variable"],
  [{ url: "grpc://cache.example" }, "cache.url"],
  [{ url: "https://cache.example", pull: true }, "cache"],
  [{}, "cache.url"],
])("%j is refused", (cache, what) => {
  expect(error(check(cache))).toMatchObject({ exit: 2, what: expect.stringContaining(what) });
});
