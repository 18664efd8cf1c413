/** Files of one JSON value a line: what a crash may leave behind is kept, and never joined to the next line. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appendLine, lastLine, readLines } from "../../src/campaign/jsonl.ts";
import type { HostFs } from "../../src/host.ts";
import { disk } from "../artifact/disk.ts";

const LOG = "logs/a.jsonl";

describe("appending", () => {
  test("makes the folder and the file, and reads back what was written, in order", () => {
    const { host, at, read } = disk();
    expect(readLines(host, at(LOG))).toEqual([]);
    expect(lastLine(host, at(LOG))).toBeUndefined();
    appendLine(host, at(LOG), { n: 1 });
    appendLine(host, at(LOG), { n: 2 });
    expect(read(LOG)).toBe('{"n":1}\n{"n":2}\n');
    expect(readLines(host, at(LOG))).toEqual([{ n: 1 }, { n: 2 }]);
    expect(lastLine(host, at(LOG))).toEqual({ n: 2 });
  });

  test("is synced to the disk before it returns", () => {
    const { host, at, read } = disk();
    const atSync: string[] = [];
    const fs: HostFs = {
      ...host.fs,
      fsyncSync(fd) {
        atSync.push(host.fs.statSync(at(LOG), { throwIfNoEntry: false }) ? read(LOG) : "");
        host.fs.fsyncSync(fd);
      },
    };
    appendLine({ ...host, fs }, at(LOG), { n: 1 });
    // The names of the folders, the line, and the name of the new file.
    expect(atSync[0]).toBe("");
    expect(atSync.filter((text) => text !== "")).toEqual(['{"n":1}\n', '{"n":1}\n']);
    atSync.length = 0;
    appendLine({ ...host, fs }, at(LOG), { n: 2 });
    expect(atSync).toEqual(['{"n":1}\n{"n":2}\n']);
  });

  test("writes the whole line where the system takes it piece by piece", () => {
    const { host, at, read } = disk();
    const writeSync = ((fd: number, text: string) => host.fs.writeSync(fd, text.slice(0, 5))) as HostFs["writeSync"];
    appendLine({ ...host, fs: { ...host.fs, writeSync } }, at(LOG), { text: "longer than five" });
    expect(read(LOG)).toBe('{"text":"longer than five"}\n');
  });

  test("keeps one value on one line, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 6 }), (values) => {
        const made = disk();
        for (const value of values) appendLine(made.host, made.at(LOG), value);
        // What JSON cannot tell apart (-0) is compared as JSON.
        expect(JSON.stringify(readLines(made.host, made.at(LOG)))).toBe(JSON.stringify(values));
        expect(made.read(LOG).split("\n")).toHaveLength(values.length + 1);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a torn last line", () => {
  test.each([
    ["half a line", '{"n":2,"te'],
    ["half a character", Buffer.concat([Buffer.from('{"t":"'), Buffer.from("é").subarray(0, 1)])],
    ["zeros that the disk never filled", Buffer.alloc(7)],
  ])("%s stays as evidence, and the next value has a line of its own", (_name, torn) => {
    const { host, at, write } = disk();
    write(LOG, '{"n":1}\n');
    host.fs.writeFileSync(at(LOG), torn, { flag: "a" });
    expect(lastLine(host, at(LOG))).toEqual({ n: 1 });
    appendLine(host, at(LOG), { n: 2 });
    const bytes = host.fs.readFileSync(at(LOG)) as Buffer;
    expect(bytes.equals(Buffer.concat([Buffer.from('{"n":1}\n'), Buffer.from(torn), Buffer.from('\n{"n":2}\n')]))).toBe(
      true,
    );
    expect(readLines(host, at(LOG))).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("that lacks nothing but its end counts", () => {
    const { host, at, write, read } = disk();
    write(LOG, '{"n":1}\n{"n":2}');
    expect(lastLine(host, at(LOG))).toEqual({ n: 2 });
    appendLine(host, at(LOG), { n: 3 });
    expect(read(LOG)).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  });

  test("at any byte: every earlier value is still read", () => {
    const whole = Buffer.from('{"text":"naïve ✓"}\n{"n":[1,{"a":"\\n"}]}\n{"last":true}\n');
    for (let cut = 0; cut <= whole.length; cut++) {
      const { host, at, write } = disk();
      write(LOG, "");
      host.fs.writeFileSync(at(LOG), whole.subarray(0, cut));
      appendLine(host, at(LOG), "next");
      const lines = whole.subarray(0, cut).toString("latin1").split("\n").length - 1;
      const values = readLines(host, at(LOG));
      expect(values.at(-1)).toBe("next");
      expect(values.length).toBeGreaterThanOrEqual(lines + 1);
      expect(values.slice(0, lines)).toEqual(readLines(host, at(LOG)).slice(0, lines));
    }
  });
});

test("blank lines and lines that a person broke are passed over", () => {
  const { host, at, write } = disk();
  write(LOG, '\n{"n":1}\n   \n<<<<<<< HEAD\n{"n":2}\n\n');
  expect(readLines(host, at(LOG))).toEqual([{ n: 1 }, { n: 2 }]);
});

test("what cannot be read is no empty log", () => {
  const { host, at } = disk();
  host.fs.mkdirSync(at(LOG), { recursive: true });
  expect(() => readLines(host, at(LOG))).toThrow();
  expect(() => appendLine(host, at(LOG), 1)).toThrow();
});
