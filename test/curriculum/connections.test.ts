import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addToConnections,
  type Connection,
  ConnectionNumbers,
  newSlugsIn,
  readConnections,
  rewriteNewIds,
} from "../../src/curriculum/connections.ts";
import { CONNECTIONS, realFile, WITHOUT_CORPUS } from "./workspace.ts";

const connection = (id: string, more: Partial<Connection> = {}): Connection => ({
  id,
  from: "algebra.form",
  to: "geometry.dirac",
  type: "analogy",
  strength: "lateral",
  anchor_phrase: `phrase of ${id}`,
  appears_in_units: ["03.01.01"],
  appears_in_flows: [],
  synthesis_note: "",
  ...more,
});

function read(text: string): readonly Connection[] {
  const connections = readConnections(text);
  if (!connections.ok) throw new Error(connections.error);
  expect(connections.value.unread).toEqual([]);
  return connections.value.entries;
}

function add(text: string, ...args: Parameters<typeof addToConnections> extends [string, ...infer R] ? R : never) {
  const edit = addToConnections(text, ...args);
  if (!edit.ok) throw new Error(edit.error);
  return edit.value;
}

const pretty = (text: string): string => `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;

describe("reading the registry", () => {
  test("entries, and what the schema refuses with its reason", () => {
    const text = JSON.stringify({
      connections: [
        connection("conn:001.a"),
        { ...connection("conn:002.b"), type: "friendship" },
        { ...connection("conn:NEW.c"), appears_in_units: "03.01.01" },
        null,
        // Members that the schema does not know are the campaign's own business.
        { ...connection("conn:003.d"), appears_in_flows: undefined, owner: "somebody" },
      ],
    });
    const connections = readConnections(text);
    if (!connections.ok) throw new Error(connections.error);
    expect(connections.value.entries.map(({ id }) => id)).toEqual(["conn:001.a", "conn:003.d"]);
    expect(connections.value.unread).toEqual([
      expect.stringMatching(/^\/connections\/1: type: /),
      expect.stringMatching(/^\/connections\/2: id: is not conn:NNN\.slug; appears_in_units: /),
      expect.stringMatching(/^\/connections\/3: /),
    ]);
  });

  test.each(["", "[]", "{}", '{"connections": {}}', '{"connections": [}'])("%j is an error", (text) => {
    expect(readConnections(text).ok).toBe(false);
  });
});

describe("numbers", () => {
  test("go on above the greatest, whatever the gaps", () => {
    const numbers = new ConnectionNumbers([{ id: "conn:002.b" }, { id: "conn:017.a" }, { id: "no id" }]);
    expect([numbers.next("x"), numbers.next("y")]).toEqual(["conn:018.x", "conn:019.y"]);
    expect(new ConnectionNumbers([]).next("x")).toBe("conn:001.x");
    expect(new ConnectionNumbers([{ id: "conn:999.z" }]).next("x")).toBe("conn:1000.x");
  });
});

describe("adding to the registry", () => {
  test("an entry in the order of numbers; only lines are added", () => {
    const after = add(CONNECTIONS, [connection("conn:003.x"), connection("conn:002.y", { appears_in_units: [] })]);
    expect(read(after.text).map(({ id }) => id)).toEqual(["conn:001.form-clifford", "conn:002.y", "conn:003.x"]);
    expect(after.text).toBe(pretty(after.text));
    expect(after.added).toEqual([
      "manifests/connections.json#/connections[id=conn:002.y]",
      "manifests/connections.json#/connections[id=conn:003.x]",
    ]);
    expect(after.changed).toEqual([]);
  });

  test("twice changes nothing; other content under the id is an error", () => {
    const once = add(CONNECTIONS, [connection("conn:002.y")]).text;
    expect(add(once, [connection("conn:002.y")])).toEqual({ text: once, added: [], changed: [] });
    expect(addToConnections(once, [connection("conn:002.y", { to: "geometry.clifford" })])).toEqual({
      ok: false,
      error: "already has another connection conn:002.y",
    });
  });

  test("a unit is listed under a connection that it invokes, once", () => {
    const invoked = new Map([["conn:001.form-clifford", ["03.02.02", "03.01.01", "03.02.02"]]]);
    const after = add(CONNECTIONS, [], invoked);
    expect(read(after.text)[0]?.appears_in_units).toEqual(["03.01.01", "03.02.01", "03.02.02"]);
    expect(after).toMatchObject({
      added: [],
      changed: ["manifests/connections.json#/connections[id=conn:001.form-clifford]"],
    });
    expect(after.text).toBe(pretty(after.text));
    expect(add(after.text, [], invoked).text).toBe(after.text);
    expect(addToConnections(CONNECTIONS, [], new Map([["conn:007.x", ["a"]]])).ok).toBe(false);
  });

  test("totals that the file keeps stay true", () => {
    const stats = { total_connections: 1, by_type: { "foundation-of": 1 }, by_strength: {} };
    const before = `${JSON.stringify({ ...JSON.parse(CONNECTIONS), stats }, undefined, 2)}\n`;
    const after = add(before, [
      connection("conn:002.x"),
      connection("conn:003.y", { type: "dual", strength: "synthesis" }),
      connection("conn:004.z", { type: "foundation-of" }),
    ]);
    expect(JSON.parse(after.text).stats).toEqual({
      total_connections: 4,
      by_type: { "foundation-of": 2, analogy: 1, dual: 1 },
      by_strength: { lateral: 2, synthesis: 1 },
    });
    expect(after.text).toBe(pretty(after.text));
    expect(after.changed).toContain("manifests/connections.json#/stats/by_type/dual");
  });

  test("lists on one line stay so", () => {
    const before =
      '{\n  "connections": [\n    {\n      "id": "conn:001.a",\n      "appears_in_units": ["x", "y"]\n    }\n  ]\n}\n';
    expect(add(before, [connection("conn:002.b", { appears_in_units: ["p", "q"] })]).text).toContain(
      '\n      "appears_in_units": ["p", "q"],\n      "appears_in_flows": [],\n',
    );
  });

  test("any order gives the same file", () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ids, ids, (there, wanted) => {
        const name = (number: number) => `conn:${String(number).padStart(3, "0")}.x`;
        const before = `${JSON.stringify({ connections: there.map((number) => connection(name(number))) }, undefined, 2)}\n`;
        const fresh = wanted.filter((number) => !there.includes(number)).map((number) => connection(name(number)));
        const forth = fresh.reduce((text, one) => add(text, [one]).text, before);
        const back = [...fresh].reverse().reduce((text, one) => add(text, [one]).text, before);
        expect(forth).toBe(back);
        expect(forth).toBe(add(before, fresh).text);
        expect(forth).toBe(pretty(forth));
        expect(read(forth)).toHaveLength(there.length + fresh.length);
      }),
    );
  });
});

describe("ids in a unit", () => {
  test("each new id gets its own, and a longer one is not taken for a shorter one", () => {
    const text = 'connections: ["conn:NEW.ab", conn:NEW.a, conn:NEW.a-b]\n---\nSee conn:NEW.a. And conn:NEW.other.\n';
    expect(newSlugsIn(text)).toEqual(["a", "a-b", "ab", "other"]);
    const ids = new Map([
      ["a", "conn:005.a"],
      ["ab", "conn:006.ab"],
      ["a-b", "conn:007.a-b"],
    ]);
    expect(rewriteNewIds(text, ids)).toBe(
      'connections: ["conn:006.ab", conn:005.a, conn:007.a-b]\n---\nSee conn:005.a. And conn:NEW.other.\n',
    );
  });
});

describe.skipIf(WITHOUT_CORPUS !== undefined)(`the campaign's real registry ${WITHOUT_CORPUS ?? ""}`, () => {
  const text = WITHOUT_CORPUS === undefined ? realFile("manifests/connections.json") : "";

  test("reads every entry; adding nothing is the same file; adding one is a minimal diff", () => {
    expect(read(text)).toHaveLength(452);
    expect(add(text, []).text).toBe(text);
    const after = add(text, [connection(new ConnectionNumbers(read(text)).next("clock"))]).text;
    expect(read(after)).toHaveLength(453);
    const [old, now] = [text.split("\n"), after.split("\n")];
    // The entry, the comma before it, two totals that rise and one that is new.
    expect(now.filter((line, at) => line !== old[at] && !old.includes(line)).length).toBeLessThanOrEqual(12);
    expect(now.length - old.length).toBe(13 + 1);
  });
});
