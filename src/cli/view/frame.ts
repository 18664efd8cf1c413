/**
 * What the live view shows at one moment, as lines: a pure function of how far the build has come, of what is still to
 * come, of the terminal's size and of the time. Below the scrollback, so nothing here is a record.
 */
import type { Terminal } from "../terminal.ts";
import type { Outlook } from "./outlook.ts";
import { duration, plural, usd } from "./plain.ts";
import { type Progress, type Running, spent, spentOn } from "./progress.ts";
import { cut, cutMiddle, padEnd, padStart, widthOf } from "./width.ts";

export interface Look {
  readonly columns: number;
  readonly rows: number;
  /** Whether the terminal shows more than ASCII. */
  readonly unicode: boolean;
  readonly colours: Terminal["colours"];
}

/** The ceiling that the build would come to first, in US dollars. */
export interface CeilingLine {
  readonly scope: string;
  readonly spentUsd: number;
  readonly usd: number;
}

/** Lines of text besides the running targets. */
const BELOW = 4;
const NARROWEST_NAME = 32;

/** The lines, each narrower than the terminal, and fewer than it has. */
export function frame(
  progress: Progress,
  outlook: Outlook | undefined,
  ceiling: CeilingLine | undefined,
  look: Look,
  now: number,
): readonly string[] {
  // A line that fills the terminal would make it wrap.
  const columns = look.columns - 1;
  const room = look.rows - 1;
  if (progress.finished || columns < 10 || room < 1) return [];
  const { colours } = look;
  const below = [
    poolsLine(progress, outlook, columns, look),
    waitingLine(progress, outlook, columns, look),
    moneyLine(ceiling, columns, look),
    totalsLine(progress, outlook, columns, look, now),
  ].filter((line) => line !== "");
  const longest = [...progress.running.values()].sort((a, b) => a.startedAt - b.startedAt);
  const space = Math.max(0, room - Math.min(below.length, BELOW));
  const shown = longest.length <= space ? longest : longest.slice(0, Math.max(0, space - 1));
  const lines = table(shown, outlook, columns, look, now);
  if (shown.length < longest.length && space > 0)
    lines.push(colours.dim(cut(`  and ${longest.length - shown.length} more running`, columns, markOf(look))));
  return [...lines, ...below].slice(-room);
}

const markOf = (look: Look): string => (look.unicode ? "…" : "~");

/** A column of the table: what it says of a target, and how soon it gives way where there is no room. */
interface Column {
  readonly text: (running: Running, outlook: Outlook | undefined, now: number) => string;
  readonly align: "left" | "right";
  /** The higher, the longer it stays. */
  readonly stays: number;
}

const COLUMNS: readonly Column[] = [
  {
    text: ({ attempt, rung }) =>
      attempt === 1 ? "" : `attempt ${attempt}${rung === "" ? "" : `: ${firstWord(rung)}`}`,
    align: "left",
    stays: 3,
  },
  { text: ({ turn }) => (turn === 0 ? "" : `turn ${turn}`), align: "left", stays: 2 },
  {
    text: ({ inputTokens, outputTokens, streamedTokens }) =>
      inputTokens + outputTokens + streamedTokens === 0
        ? ""
        : `${tokens(inputTokens)} in ${tokens(outputTokens + streamedTokens)} out`,
    align: "right",
    stays: 1,
  },
  { text: (running) => (spentOn(running) === 0 ? "" : usd(spentOn(running))), align: "right", stays: 4 },
  { text: ({ startedAt }, _, now) => clock((now - startedAt) / 1000), align: "right", stays: 9 },
  {
    text: ({ target }, outlook) => {
      const seconds = outlook?.usual.get(target) ?? 0;
      return seconds === 0 ? "" : `of ${clock(seconds)}`;
    },
    align: "left",
    stays: 5,
  },
];

/** `again: Mend every defect …` is on the screen already, where the attempt failed. */
const firstWord = (rung: string): string => rung.split(/[\s:]/)[0]!;

/** 950, 12.4k, 3.1M. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_950) return `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** Elapsed time that is read at a glance and does not jump in width: 0:07, 12:40, 1:02:09. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

function table(
  running: readonly Running[],
  outlook: Outlook | undefined,
  columns: number,
  look: Look,
  now: number,
): string[] {
  const mark = markOf(look);
  const names = running.map(({ target }) => target);
  const cells = COLUMNS.map((column) => running.map((each) => column.text(each, outlook, now)));
  const widths = cells.map((column) => Math.max(0, ...column.map(widthOf)));
  const longestName = Math.max(0, ...names.map(widthOf));
  let kept = COLUMNS.map((_, index) => index).filter((index) => widths[index]! > 0);
  const taken = (): number => kept.reduce((sum, index) => sum + widths[index]! + 2, 2);
  while (kept.length > 0 && columns - taken() < Math.min(longestName, NARROWEST_NAME, columns * 0.55)) {
    const first = Math.min(...kept.map((index) => COLUMNS[index]!.stays));
    kept = kept.filter((index) => COLUMNS[index]!.stays > first);
  }
  // Figures of more room than a name needs give way only to each other: names are cut before them.
  const nameWidth = Math.min(longestName, columns - taken());
  const sign = look.unicode ? "→" : ">";
  return running.map((each, row) => {
    const name = padEnd(cutMiddle(each.target, nameWidth, mark), nameWidth);
    const rest = kept.map((index) => {
      const pad = COLUMNS[index]!.align === "left" ? padEnd : padStart;
      return pad(cells[index]![row]!, widths[index]!);
    });
    const line = [`${sign} ${name}`, ...rest].join("  ").trimEnd();
    if (each.retry === undefined) return each.attempt > 1 ? look.colours.yellow(line) : line;
    const wait = Math.max(0, Math.ceil((each.retry.until - now) / 1000));
    return look.colours.yellow(cut(`${line}  ${each.retry.error}, again in ${wait} s`, columns, mark));
  });
}

/** Who is at work and who queues, by pool; integration's queue is one of them, and stands first. */
function poolsLine(progress: Progress, outlook: Outlook | undefined, columns: number, look: Look): string {
  // Who runs is known now; who queues was looked up a moment ago.
  const running = new Map<string | undefined, number>();
  for (const target of progress.running.keys()) {
    const pool = outlook?.poolOf(target);
    running.set(pool, (running.get(pool) ?? 0) + 1);
  }
  const pools = (outlook?.pools ?? []).filter(({ name, queued }) => queued > 0 || running.has(name));
  if (pools.length === 0) return "";
  const parts = [...pools]
    .sort((a, b) => Number(b.writes) - Number(a.writes))
    .map(
      ({ name, slots, queued }) =>
        `${name} ${running.get(name) ?? 0}/${slots}${queued > 0 ? ` and ${queued} queued` : ""}`,
    );
  return look.colours.dim(cut(`Pools: ${parts.join(", ")}`, columns, markOf(look)));
}

function waitingLine(progress: Progress, outlook: Outlook | undefined, columns: number, look: Look): string {
  if (progress.paused !== undefined)
    return look.colours.yellow(cut(`Paused: ${progress.paused.what}`, columns, markOf(look)));
  const waiting = outlook?.waiting ?? [];
  if (waiting.length === 0) return "";
  const more = waiting.length > 1 ? ` and ${waiting.length - 1} more` : "";
  return look.colours.cyan(cut(`Waiting for you: ${waiting[0]}${more}`, columns, markOf(look)));
}

function moneyLine(ceiling: CeilingLine | undefined, columns: number, look: Look): string {
  if (ceiling === undefined) return "";
  const { scope, spentUsd } = ceiling;
  const share = ceiling.usd === 0 ? 1 : Math.min(1, spentUsd / ceiling.usd);
  const amounts = `: ${usd(spentUsd)} of ${usd(ceiling.usd)} `;
  // Amounts and the share stay; a long name of a book gives way.
  const name = cutMiddle(scope, Math.max(8, columns - widthOf(amounts) - 15), markOf(look));
  const text = `Budget of ${name}${amounts}`;
  const bar = Math.min(30, columns - widthOf(text) - 7);
  const [full, empty] = look.unicode ? ["█", "░"] : ["#", "-"];
  const drawn =
    bar < 5 ? "" : `${full!.repeat(Math.round(share * bar))}${empty!.repeat(bar - Math.round(share * bar))} `;
  const line = cut(`${text}${drawn}${Math.round(share * 100)} %`, columns, markOf(look));
  return share >= 0.8 ? look.colours.yellow(line) : line;
}

function totalsLine(
  progress: Progress,
  outlook: Outlook | undefined,
  columns: number,
  look: Look,
  now: number,
): string {
  const { ran, restored, failed, running } = progress;
  const amount = spent(progress);
  const parts = [
    `${ran} done`,
    ...(restored > 0 ? [`${restored} restored`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${running.size} running`,
    ...(outlook === undefined ? [] : [`${outlook.toGo} to go`]),
    ...(outlook !== undefined && outlook.undecided > 0 ? [`${plural(outlook.undecided, "rule")} undecided`] : []),
  ];
  // What a model would take says nothing of how long its answers take to be read from a recording.
  const isReplay = progress.provider === "replay";
  const left = outlook === undefined || isReplay ? undefined : outlook.secondsLeft - (now - outlook.at) / 1000;
  const eta =
    left === undefined || left < 1 ? "" : `, ${outlook!.undecided > 0 ? "at least" : "about"} ${duration(left)} left`;
  const money = amount > 0 ? ` ${usd(amount)}.` : "";
  return look.colours.bold(
    cut(`${parts.join(", ")}.${money} ${clock((now - progress.startedAt) / 1000)}${eta}`, columns, markOf(look)),
  );
}
