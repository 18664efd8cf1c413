/**
 * Targets whose ladder ended with a person: `manifests/escalations.json`. While one is open for the key that it had, it
 * waits for that person instead of buying the same failure again. Its key changes when a person answers, and whenever
 * anything that it reads does: then it is no longer open. How many may be open is capped: a campaign in which everything
 * fails must stop, not fill an inbox.
 */
import type { Digest } from "../artifact/digest.ts";
import { writeAtomic } from "../artifact/write.ts";
import { type Fault, FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Host } from "../host.ts";

export interface Escalation {
  readonly target: Address;
  /** The key of the run that failed. */
  readonly key: Digest;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly attempts: number;
  readonly usd: number;
  /** What was wrong with the last attempt, a line each. */
  readonly defects: readonly string[];
}

/** How many escalations may be open before nothing new starts. */
export interface EscalationCaps {
  /** Raised within the last hour. */
  readonly perHour: number;
  readonly open: number;
}

export const DEFAULT_CAPS: EscalationCaps = { perHour: 3, open: 10 };

const HOUR = 3_600_000;

export class Escalations {
  private entries: Map<Address, Escalation> | undefined;
  private readonly host: Host;
  private readonly name: string;
  private readonly caps: EscalationCaps;

  /** @param name the file, relative to the workspace. */
  constructor(host: Host, name: string, caps: EscalationCaps = DEFAULT_CAPS) {
    this.host = host;
    this.name = name;
    this.caps = caps;
  }

  /** What was raised for a target last, whether or not it is still open. */
  of(target: Address): Escalation | undefined {
    return this.load().get(target);
  }

  all(): readonly Escalation[] {
    return [...this.load().values()];
  }

  raise(escalation: Escalation): void {
    this.load().set(escalation.target, escalation);
    this.save();
  }

  /** Forgets those that are no longer open. */
  prune(isOpen: (escalation: Escalation) => boolean): void {
    const before = this.load();
    const kept = new Map([...before].filter(([, each]) => isOpen(each)));
    if (kept.size === before.size) return;
    this.entries = kept;
    this.save();
  }

  /** Why nothing new may start; undefined while the caps are kept. */
  overCap(isOpen: (escalation: Escalation) => boolean): Fault | undefined {
    const open = this.all().filter(isOpen);
    const recent = open.filter((each) => this.host.now() - Date.parse(each.at) < HOUR);
    const reached =
      recent.length >= this.caps.perHour
        ? `${recent.length} escalations within an hour`
        : open.length >= this.caps.open
          ? `${open.length} open escalations`
          : undefined;
    if (reached === undefined) return undefined;
    return {
      what: `${reached} wait for a person: nothing new starts`,
      where: this.name,
      mend: "see them with `codex inbox`, answer or defer them, then build again",
      exit: 4,
    };
  }

  private load(): Map<Address, Escalation> {
    this.entries ??= new Map(this.read().map((each) => [each.target, each]));
    return this.entries;
  }

  private read(): readonly Escalation[] {
    let text: string;
    try {
      text = this.host.fs.readFileSync(this.path(), "utf8");
    } catch {
      // None was ever raised.
      return [];
    }
    try {
      const { escalations } = JSON.parse(text) as { escalations: readonly Escalation[] };
      if (Array.isArray(escalations) && escalations.every((each) => typeof each?.target === "string"))
        return escalations;
    } catch {
      // Said below.
    }
    const mend = "restore it with `git checkout`, or delete it: then the targets that gave up run again";
    throw new FaultError(usageFault("the escalations cannot be read", this.name, mend));
  }

  private save(): void {
    const escalations = this.all().toSorted((a, b) => (a.target < b.target ? -1 : 1));
    // One a line: branches that escalate different targets merge.
    const lines = escalations.map((each) => JSON.stringify(each)).join(",\n");
    const text = `{"version":1,"escalations":[\n${lines}\n]}\n`;
    writeAtomic(this.host, this.path(), new TextEncoder().encode(text));
  }

  private path(): string {
    return `${this.host.root}/${this.name}`;
  }
}
