/** `codex log`: what has happened in the campaign, from the audit log. Reads only. */
import type { LogLine } from "../../campaign/audit-log.ts";
import type { Host } from "../../host.ts";
import { EXIT } from "../exit.ts";
import { campaignFolder } from "../manifests.ts";
import { openWorkspace } from "../open.ts";
import { sinceOf } from "../since.ts";
import type { Terminal } from "../terminal.ts";
import { isMeant, logLine } from "../view/log-lines.ts";

export interface LogFlags {
  readonly follow?: boolean;
  readonly since?: string;
  readonly format: "text" | "json";
}

/** How often a log is looked at that is followed. */
const FOLLOW_MS = 250;
const NEWLINE = 10;

export async function logCommand(terminal: Terminal, typed: readonly string[], flags: LogFlags): Promise<number> {
  const workspace = await openWorkspace();
  const { host } = workspace;
  const folder = campaignFolder(workspace, "log");
  const since = flags.since === undefined ? Number.NEGATIVE_INFINITY : sinceOf(flags.since, host.now());
  const isWanted = (line: LogLine): boolean =>
    Date.parse(line.at) >= since && (typed.length === 0 || typed.some((each) => isMeant(each, line.address)));
  const log = new Tail(host, `${host.root}/${folder}/campaign.log.jsonl`);
  const show = (): void => {
    for (const text of log.read()) {
      const line = parse(text);
      if (line === undefined) {
        // A line that a crash tore is evidence; `ledger verify` says what is to be done about it.
        if (text !== "" && flags.format === "text")
          terminal.out(terminal.colours.yellow(`damaged line: ${text.slice(0, 80)}`));
      } else if (isWanted(line)) terminal.out(flags.format === "json" ? text : logLine(line, terminal.colours));
    }
  };
  show();
  if (!flags.follow) return EXIT.done;
  await new Promise<void>((resolve) => {
    let cancel = (): void => {};
    const look = (): void => {
      show();
      cancel = host.after(FOLLOW_MS, look);
    };
    cancel = host.after(FOLLOW_MS, look);
    process.once("SIGINT", () => {
      cancel();
      resolve();
    });
  });
  return EXIT.done;
}

function parse(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

/** What is new at the end of a file, line by line. A line that is still being written waits for its end. */
class Tail {
  private readonly host: Host;
  private readonly path: string;
  private at = 0;

  constructor(host: Host, path: string) {
    this.host = host;
    this.path = path;
  }

  read(): string[] {
    const size = this.host.fs.statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    // Shorter than it was: git has put another one in its place.
    if (size < this.at) this.at = 0;
    if (size === this.at) return [];
    const bytes = this.host.fs.readFileSync(this.path).subarray(this.at);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.at += end;
    return bytes
      .subarray(0, end)
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
  }
}
