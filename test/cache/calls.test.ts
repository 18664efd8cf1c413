/** The call journal: what is on the disk before the next step, what a rerun finds, and what a crash or a bad disk leaves. */
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import { type Call, decodeRecord, decodeSegment, encodeRecord, type SettledCall } from "../../src/cache/call-record.ts";
import { CallJournal, callsFolder, segments } from "../../src/cache/calls.ts";
import { leftBehind } from "../../src/cache/left-behind.ts";
import type { Host } from "../../src/host.ts";
import type { Micros } from "../../src/money.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { disk } from "../artifact/disk.ts";

const keyOf = (question: string) => digestOf(question);

function callOf(journal: CallJournal, question: string, changes: Partial<Call> = {}): Call {
  return {
    call: journal.nextId(),
    key: keyOf(question),
    address: "book/x/P1",
    attempt: 1,
    turn: 1,
    provider: "test",
    model: "m-1",
    at: 1000,
    reserved: 500_000 as Micros,
    ...changes,
  };
}

const settledOf = (call: Call, payload: unknown, changes: Partial<SettledCall> = {}): SettledCall => ({
  ...call,
  outcome: "answered",
  usage: { ...NO_USAGE, usd: 0.25 },
  seconds: 2,
  payload,
  ...changes,
});

/** A call that is dispatched and answered. */
function buy(journal: CallJournal, question: string, payload: unknown, changes: Partial<SettledCall> = {}): Call {
  const call = callOf(journal, question, changes);
  journal.dispatched(call);
  journal.settled(settledOf(call, payload, changes));
  return call;
}

const files = (host: Host): string[] => {
  try {
    return readdirSync(callsFolder(host)).sort();
  } catch {
    return [];
  }
};
/** The states of the segments, oldest first. */
const states = (host: Host): string[] => segments(host).map((segment) => segment.state);

describe("an answer", () => {
  it("is found by its question, in this run and in the next one", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    expect(journal.find(keyOf("q"))).toBeUndefined();
    buy(journal, "q", { said: "yes" });
    expect(journal.find(keyOf("q"))?.payload).toEqual({ said: "yes" });
    // A run that died never sealed its segment.
    expect(new CallJournal(host).find(keyOf("q"))?.payload).toEqual({ said: "yes" });
    journal.seal();
    expect(new CallJournal(host).find(keyOf("q"))?.payload).toEqual({ said: "yes" });
    expect(new CallJournal(host).find(keyOf("other"))).toBeUndefined();
  });

  it.each(["failed", "refused", "truncated"] as const)("that %s is none", (outcome) => {
    const { host } = disk();
    const journal = new CallJournal(host);
    buy(journal, "q", "…", { outcome });
    expect(journal.find(keyOf("q"))).toBeUndefined();
    expect(new CallJournal(host).find(keyOf("q"))).toBeUndefined();
  });

  it("is used up when its target's work is done, for this run and later ones", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    buy(journal, "q", "old");
    buy(journal, "r", "of another target", { address: "book/y/P1" });
    journal.usedUp("book/x/P1");
    expect(journal.find(keyOf("q"))).toBeUndefined();
    expect(new CallJournal(host).find(keyOf("q"))).toBeUndefined();
    expect(new CallJournal(host).find(keyOf("r"))?.payload).toBe("of another target");
    buy(journal, "q", "new");
    expect(new CallJournal(host).find(keyOf("q"))?.payload).toBe("new");
  });
});

describe("the disk", () => {
  it("is not touched by a run that asks nothing", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    journal.usedUp("book/x/P1");
    journal.seal();
    expect(leftBehind(host)).toBeUndefined();
    expect(files(host)).toEqual([]);
  });

  it("has a call before it is answered, synced, and the name of the segment too", () => {
    const made = disk();
    const synced: string[] = [];
    const names = new Map<number, string>();
    const host: Host = {
      ...made.host,
      fs: {
        ...made.host.fs,
        openSync: ((path: string, flags: string) => {
          const file = made.host.fs.openSync(path, flags);
          names.set(file, basename(path));
          return file;
        }) as Host["fs"]["openSync"],
        fsyncSync: (file) => {
          synced.push(names.get(file) ?? "");
          made.host.fs.fsyncSync(file);
        },
      },
    };
    const journal = new CallJournal(host);
    const call = callOf(journal, "q");
    expect(synced).toContain("calls");
    synced.length = 0;
    journal.dispatched(call);
    const segment = files(host)[0]!;
    expect(synced).toEqual([segment]);
    expect(readFileSync(`${callsFolder(host)}/${segment}`, "utf8")).toContain(call.call);
    journal.settled(settledOf(call, "yes"));
    expect(synced).toEqual([segment, segment]);
  });

  it("that is full says so, and the next line is whole", () => {
    const made = disk();
    let full = false;
    const host: Host = {
      ...made.host,
      fs: {
        ...made.host.fs,
        writeFileSync: ((file: number, text: string) => {
          if (!full) return made.host.fs.writeFileSync(file, text);
          made.host.fs.writeFileSync(file, text.slice(0, 20));
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        }) as Host["fs"]["writeFileSync"],
      },
    };
    const journal = new CallJournal(host);
    const call = callOf(journal, "q");
    full = true;
    expect(() => journal.dispatched(call)).toThrow("ENOSPC");
    full = false;
    buy(journal, "r", "whole");
    const warnings: string[] = [];
    expect(new CallJournal(host, (text) => warnings.push(text)).find(keyOf("r"))?.payload).toBe("whole");
    expect(warnings).toEqual([`Damaged and not used: .codex/calls/${files(host)[0]}, line 1`]);
  });

  it("keeps an answer in memory that it could not take", () => {
    const made = disk();
    let full = false;
    const host: Host = {
      ...made.host,
      fs: {
        ...made.host.fs,
        fsyncSync: (file) => {
          if (full) throw new Error("EIO");
          made.host.fs.fsyncSync(file);
        },
      },
    };
    const journal = new CallJournal(host);
    const call = callOf(journal, "q");
    journal.dispatched(call);
    full = true;
    expect(() => journal.settled(settledOf(call, "paid"))).toThrow("EIO");
    expect(journal.find(keyOf("q"))?.payload).toBe("paid");
  });
});

describe("segments", () => {
  it("are put away when no rerun can use them, and then not read", () => {
    const { host } = disk();
    const first = new CallJournal(host);
    buy(first, "q", "yes");
    expect(states(host)).toEqual(["open"]);
    first.seal();
    expect(states(host)).toEqual(["sealed"]);

    const second = new CallJournal(host);
    expect(second.find(keyOf("q"))).toBeDefined();
    second.usedUp("book/x/P1");
    second.seal();
    expect(states(host)).toEqual(["used", "used"]);
    expect(new CallJournal(host).find(keyOf("q"))).toBeUndefined();
  });

  it("with marks stay as long as what they mark", () => {
    const { host } = disk();
    const first = new CallJournal(host);
    buy(first, "q", "of x");
    buy(first, "r", "of y", { address: "book/y/P1" });
    first.seal();
    const second = new CallJournal(host);
    second.find(keyOf("q"));
    second.usedUp("book/x/P1");
    second.seal();
    // The first holds an answer of y, and so the mark about x is needed.
    expect(states(host)).toEqual(["sealed", "sealed"]);
    const third = new CallJournal(host);
    expect(third.find(keyOf("q"))).toBeUndefined();
    expect(third.find(keyOf("r"))).toBeDefined();
    third.usedUp("book/y/P1");
    third.seal();
    expect(states(host)).toEqual(["used", "used", "used"]);
  });

  it("come in their order whatever the clock says, and no call's name comes twice", () => {
    const clock = { now: 5_000_000 };
    const { host } = disk(clock);
    const names = new Set<string>();
    for (const now of [5_000_000, 1_000_000, 3_000_000]) {
      clock.now = now;
      const journal = new CallJournal(host);
      names.add(buy(journal, "q", now).call);
      names.add(buy(journal, "q2", now).call);
      journal.seal();
    }
    expect(names.size).toBe(6);
    // The last answer wins.
    expect(new CallJournal(host).find(keyOf("q"))?.payload).toBe(3_000_000);
  });

  it("of two processes do not meet", () => {
    const { host } = disk();
    const [one, two] = [new CallJournal(host), new CallJournal(host)];
    const ids = [buy(one, "a", 1), buy(two, "b", 2), buy(one, "c", 3)].map(({ call }) => call);
    expect(new Set(ids).size).toBe(3);
    expect(files(host)).toHaveLength(2);
    one.seal();
    two.seal();
    const later = new CallJournal(host);
    expect(["a", "b", "c"].map((question) => later.find(keyOf(question))?.payload)).toEqual([1, 2, 3]);
  });
});

describe("a call whose answer waits at the provider", () => {
  it("is taken up again under its name, and is not lost", () => {
    const { host } = disk();
    const first = new CallJournal(host);
    const call = callOf(first, "q", { resumable: true });
    first.dispatched(call);
    const left = leftBehind(host)!;
    expect(left.lost).toEqual([]);
    left.close();
    const second = new CallJournal(host);
    expect(second.waiting(keyOf("q"))?.call).toBe(call.call);
    second.nextId();
    second.seal();
    expect(new CallJournal(host).waiting(keyOf("q"))?.call).toBe(call.call);
    const third = new CallJournal(host);
    third.waiting(keyOf("q"));
    third.settled(settledOf(call, "at last"));
    expect(third.waiting(keyOf("q"))).toBeUndefined();
    third.seal();
    const fourth = new CallJournal(host);
    expect(fourth.waiting(keyOf("q"))).toBeUndefined();
    expect(fourth.find(keyOf("q"))?.payload).toBe("at last");
  });
});

describe("what a run that died has left", () => {
  it("is what it settled, and what nobody knows the end of; once", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    const answered = buy(journal, "q", "yes");
    const lost = callOf(journal, "r");
    journal.dispatched(lost);
    const left = leftBehind(host)!;
    expect(left.settled.map(({ call }) => call)).toEqual([answered.call]);
    expect(left.lost.map(({ call }) => call)).toEqual([lost.call]);
    // Until it is closed it is found again: whoever takes it in may die as well.
    expect(leftBehind(host)?.lost).toHaveLength(1);
    left.close();
    expect(leftBehind(host)).toBeUndefined();
    expect(new CallJournal(host).find(keyOf("q"))?.payload).toBe("yes");
  });

  it("a run that ended well leaves nothing", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    buy(journal, "q", "yes");
    journal.seal();
    expect(leftBehind(host)).toBeUndefined();
  });
});

describe("a crash in the middle of a write", () => {
  it("leaves, wherever it cuts, only whole records and no complaint", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    for (const question of ["a", "ä…\n", "c"]) buy(journal, question, { question, text: "∂²/∂x²" });
    const path = segments(host)[0]!.path;
    const bytes = readFileSync(path);
    const whole = decodeSegment(bytes);
    expect(whole.damaged).toEqual([]);
    expect(whole.records).toHaveLength(6);
    for (let end = 0; end <= bytes.length; end++) {
      const { records, damaged } = decodeSegment(bytes.subarray(0, end));
      expect(damaged).toEqual([]);
      expect(records).toEqual(whole.records.slice(0, records.length));
      const lines = bytes.subarray(0, end).filter((byte) => byte === 10).length;
      expect(records).toHaveLength(lines);
    }
    truncateSync(path, statSync(path).size - 10);
    const left = leftBehind(host)!;
    expect(left.settled.map(({ key }) => key)).toEqual([keyOf("a"), keyOf("ä…\n")]);
    expect(left.lost.map(({ key }) => key)).toEqual([keyOf("c")]);
  });
});

describe("a changed byte", () => {
  it("costs its line and no other, and never changes an answer", () => {
    const { host } = disk();
    const journal = new CallJournal(host);
    for (const question of ["a", "b", "c"]) buy(journal, question, question);
    const bytes = readFileSync(segments(host)[0]!.path);
    const whole = decodeSegment(bytes).records;
    fc.assert(
      fc.property(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = changed[at]! ^ flip;
        const { records, damaged } = decodeSegment(changed);
        expect(damaged.length).toBeGreaterThan(0);
        const good = whole.map((record) => JSON.stringify(record));
        for (const record of records) expect(good).toContain(JSON.stringify(record));
        expect(records.length).toBeGreaterThanOrEqual(whole.length - 2);
      }),
      { numRuns: 500 },
    );
  });

  it("is told, with file and line, and the rest is used", () => {
    const { host, read } = disk();
    const journal = new CallJournal(host);
    buy(journal, "a", 1);
    buy(journal, "b", 2);
    const { path, name } = segments(host)[0]!;
    const relative = `.codex/calls/${name}.open.jsonl`;
    writeFileSync(path, read(relative).replace('"payload":1', '"payload":7'));
    const warnings: string[] = [];
    const later = new CallJournal(host, (text) => warnings.push(text));
    expect(later.find(keyOf("a"))).toBeUndefined();
    expect(later.find(keyOf("b"))?.payload).toBe(2);
    expect(warnings).toEqual([`Damaged and not used: ${relative}, line 2`]);
    expect(leftBehind(host)).toMatchObject({ damaged: [`${relative}:2`], lost: [{ key: keyOf("a") }] });
  });

  it("and a line of another version are not read", () => {
    const line = encodeRecord({ type: "usedUp", address: "book/x/P1", at: 1 }).trimEnd();
    expect(decodeRecord(line)).toMatchObject({ type: "usedUp" });
    const body = line.replace('"v":1', '"v":2').replace(/,"sum".*$/, "}");
    expect(decodeRecord(`${body.slice(0, -1)},"sum":"${digestOf(body).slice(0, 16)}"}`)).toBeUndefined();
    expect(decodeRecord("null")).toBeUndefined();
    expect(decodeRecord("{}")).toBeUndefined();
  });
});
