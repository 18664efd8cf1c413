/** The audit log: numbers and hashes that show what was changed, lost or moved. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { AuditLog, hashOf, type LogEntry, type LogLine } from "../../src/campaign/audit-log.ts";
import { readLines } from "../../src/campaign/jsonl.ts";
import { type Disk, disk } from "../artifact/disk.ts";

const LOG = "manifests/campaign.log.jsonl";
const entry = (to: string): LogEntry => ({
  at: "2026-01-01T00:00:00Z",
  kind: "pass",
  address: "book/x/P1_audit",
  from: "pending",
  to,
  actor: "engine",
  rationale: "never built",
});

const linesOf = ({ host, at }: Disk): LogLine[] => readLines(host, at(LOG)) as LogLine[];

/** Whether the lines are numbered from 1 and chained, computed without the code under test. */
function chainIsIntact(lines: readonly LogLine[]): boolean {
  let prev = "0".repeat(64);
  return lines.every(({ hash, ...rest }, index) => {
    const right =
      rest.n === index + 1 &&
      rest.prev === prev &&
      hash === createHash("sha256").update(JSON.stringify(rest)).digest("hex");
    prev = hash;
    return right;
  });
}

describe("the chain", () => {
  test("counts from 1, begins with zeros, and each line hashes all its other keys", () => {
    const made = disk();
    const log = new AuditLog(made.host, made.at(LOG));
    log.append(entry("one"));
    log.append(entry("two"));
    const [first, second] = linesOf(made);
    expect(Object.keys(first!)).toEqual([
      "n",
      "at",
      "kind",
      "address",
      "from",
      "to",
      "actor",
      "rationale",
      "prev",
      "hash",
    ]);
    expect(first).toMatchObject({ n: 1, prev: "0".repeat(64), to: "one" });
    expect(second).toMatchObject({ n: 2, prev: first!.hash, to: "two" });
    const { hash, ...rest } = second!;
    expect(hashOf(rest)).toBe(hash);
    expect(chainIsIntact(linesOf(made))).toBe(true);
  });

  test("goes on over processes: the file says what came last", () => {
    const made = disk();
    for (const to of ["one", "two", "three"]) new AuditLog(made.host, made.at(LOG)).append(entry(to));
    expect(linesOf(made).map((line) => line.n)).toEqual([1, 2, 3]);
    expect(chainIsIntact(linesOf(made))).toBe(true);
  });

  test("shows any change of a line, a line that is lost, and lines that changed places", () => {
    const made = disk();
    const log = new AuditLog(made.host, made.at(LOG));
    for (const to of ["one", "two", "three", "four"]) log.append(entry(to));
    const lines = linesOf(made);
    expect(chainIsIntact(lines)).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.constantFrom<keyof LogEntry>("at", "address", "from", "to", "actor", "rationale"),
        (index, key) => {
          expect(
            chainIsIntact(lines.map((line, at) => (at === index ? { ...line, [key]: `${line[key]}!` } : line))),
          ).toBe(false);
        },
      ),
    );
    for (let lost = 0; lost < 3; lost++) expect(chainIsIntact(lines.filter((_, at) => at !== lost))).toBe(false);
    expect(chainIsIntact([lines[1]!, lines[0]!, lines[2]!, lines[3]!])).toBe(false);
  });

  test("keeps what a rationale says, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (rationale) => {
        const made = disk();
        const log = new AuditLog(made.host, made.at(LOG));
        log.append({ ...entry("one"), rationale });
        log.append(entry("two"));
        expect(linesOf(made)[0]!.rationale).toBe(rationale);
        expect(chainIsIntact(linesOf(made))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a crash while a line was written", () => {
  test("leaves the torn line as evidence, and the chain goes on after the last whole one", () => {
    const made = disk();
    const log = new AuditLog(made.host, made.at(LOG));
    log.append(entry("one"));
    log.append(entry("two"));
    const whole = made.read(LOG);
    const torn = whole.slice(0, -40);
    made.host.fs.writeFileSync(made.at(LOG), torn);
    log.append(entry("two again"));
    expect(made.read(LOG).startsWith(`${torn}\n`)).toBe(true);
    expect(linesOf(made).map((line) => [line.n, line.kind, line.to])).toEqual([
      [1, "pass", "one"],
      [2, "repair", "kept"],
      [3, "pass", "two again"],
    ]);
    expect(linesOf(made)[1]).toMatchObject({
      address: `${LOG}:2`,
      evidence: [
        createHash("sha256")
          .update(torn.slice(torn.indexOf("\n") + 1))
          .digest("hex"),
      ],
    });
    expect(chainIsIntact(linesOf(made))).toBe(true);
  });

  test("before the first line was whole: the chain begins after it", () => {
    const made = disk();
    made.write(LOG, '{"n":1,"at":"2026-');
    new AuditLog(made.host, made.at(LOG)).append(entry("one"));
    expect(linesOf(made).map((line) => line.kind)).toEqual(["repair", "pass"]);
    expect(chainIsIntact(linesOf(made))).toBe(true);
  });

  test("after all but its end was written loses nothing, and is no damage", () => {
    const made = disk();
    const log = new AuditLog(made.host, made.at(LOG));
    log.append(entry("one"));
    made.host.fs.writeFileSync(made.at(LOG), made.read(LOG).trimEnd());
    log.append(entry("two"));
    expect(linesOf(made).map((line) => line.to)).toEqual(["one", "two"]);
    expect(chainIsIntact(linesOf(made))).toBe(true);
  });
});

test("many that append at once in one process keep one chain", async () => {
  const made = disk();
  const logs = [1, 2, 3].map(() => new AuditLog(made.host, made.at(LOG)));
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      await new Promise((resolve) => (index % 2 === 0 ? setImmediate(resolve) : setTimeout(resolve, index % 7)));
      logs[index % 3]!.append(entry(String(index)));
    }),
  );
  const lines = linesOf(made);
  expect(lines).toHaveLength(60);
  expect(new Set(lines.map((line) => line.to)).size).toBe(60);
  expect(chainIsIntact(lines)).toBe(true);
});

test("a long log is not parsed from its beginning for each new line", () => {
  const made = disk();
  const log = new AuditLog(made.host, made.at(LOG));
  for (let i = 0; i < 50; i++) log.append(entry(String(i)));
  const parse = vi.spyOn(JSON, "parse");
  onTestFinished(() => parse.mockRestore());
  log.append(entry("last"));
  // The empty end of the file, and the line before it.
  expect(parse.mock.calls.length).toBeLessThanOrEqual(2);
});

test("what somebody else has written since is seen, and nothing else is read", () => {
  const made = disk();
  const [one, other] = [new AuditLog(made.host, made.at(LOG)), new AuditLog(made.host, made.at(LOG))];
  let reads = 0;
  const counting = {
    ...made.host,
    fs: {
      ...made.host.fs,
      readFileSync: ((...args: Parameters<typeof made.host.fs.readFileSync>) => {
        reads++;
        return made.host.fs.readFileSync(...args);
      }) as typeof made.host.fs.readFileSync,
    },
  };
  const own = new AuditLog(counting, made.at(LOG));
  one.append(entry("one"));
  own.append(entry("two"));
  reads = 0;
  for (const to of ["three", "four"]) own.append(entry(to));
  expect(reads).toBe(0);
  other.append(entry("five"));
  own.append(entry("six"));
  expect(linesOf(made).map(({ n, to }) => [n, to])).toEqual(
    ["one", "two", "three", "four", "five", "six"].map((to, index) => [index + 1, to]),
  );
  expect(chainIsIntact(linesOf(made))).toBe(true);
  // Half of a line of its own, as a full disk leaves it.
  made.host.fs.writeFileSync(made.at(LOG), '{"n":7', { flag: "a" });
  own.append(entry("seven"));
  expect(linesOf(made).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(chainIsIntact(linesOf(made))).toBe(true);
});
