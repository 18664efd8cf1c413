/**
 * The live view: finished targets go to the scrollback, a line each; below stand the running ones, changing in place. It
 * draws at most ten times a second, and only what differs from what is there.
 */
import type { Event } from "../../events.ts";
import type { Snapshot } from "../../exec/build.ts";
import type { Engine } from "../../exec/engine.ts";
import type { Host } from "../../host.ts";
import type { Screen, Terminal } from "../terminal.ts";
import type { BuildView } from "./build-view.ts";
import { type CeilingLine, frame } from "./frame.ts";
import { LiveRegion } from "./live-region.ts";
import { type Outlook, outlookOf, type Slots, usualSeconds } from "./outlook.ts";
import { plainView } from "./plain.ts";
import { advance, NO_PROGRESS, type Progress } from "./progress.ts";

const FRAME_MS = 100;
/** Clocks move on though nothing happens. */
const IDLE_MS = 1000;
/** Looking over the graph is worth at most this share of the time. */
const OUTLOOK_SHARE = 0.01;
/** What is known of the queues is never older. */
const OLDEST_OUTLOOK_MS = 10_000;

export interface LiveOptions {
  readonly slots: Slots;
  readonly world: Pick<Engine["world"], "trace">;
  /** The ceiling that leaves the least to these targets, whose agents are at work; asked for each frame. */
  readonly tightest: (targets: readonly string[]) => CeilingLine | undefined;
  readonly clock: Pick<Host, "now" | "after">;
}

export class LiveView implements BuildView {
  readonly terminal: Terminal;
  private readonly screen: Screen;
  private readonly options: LiveOptions;
  private readonly region = new LiveRegion();
  private readonly lines: (event: Event) => void;
  private readonly real: Terminal;
  private offResize: (() => void) | undefined;
  private progress: Progress = NO_PROGRESS;
  private latest: Snapshot | undefined;
  private outlook: Outlook | undefined;
  /** When the graph may be looked over again. */
  private outlookDue = 0;
  private scroll: { readonly text: string; readonly toErrors: boolean }[] = [];
  private lastFrame = 0;
  /** When the next frame is due, and what calls it off. */
  private next: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(real: Terminal, screen: Screen, options: LiveOptions) {
    this.real = real;
    this.screen = screen;
    this.options = options;
    this.terminal = {
      colours: real.colours,
      out: (line) => this.say(line, false),
      // Errors that go elsewhere need not wait for a frame.
      err: (line) => (screen.showsErrors ? this.say(line, true) : real.err(line)),
    };
    this.lines = plainView(this.terminal, { quiet: false, live: true });
  }

  event(event: Event): void {
    this.progress = advance(this.progress, event);
    this.lines(event);
    this.drawBy(this.options.clock.now());
  }

  snapshot(snapshot: Snapshot): void {
    this.latest = snapshot;
    this.drawBy(this.options.clock.now());
  }

  close(): void {
    this.next?.cancel();
    this.next = undefined;
    this.offResize?.();
    this.offResize = undefined;
    this.write([]);
  }

  private say(line: string, toErrors: boolean): void {
    for (const text of line.split("\n")) this.scroll.push({ text: this.screen.clean(text), toErrors });
    this.drawBy(this.options.clock.now());
  }

  /** Has a frame drawn at that time, or as soon after it as frames may follow each other. */
  private drawBy(wanted: number): void {
    this.offResize ??= this.screen.onResize(() => this.drawBy(this.options.clock.now() + FRAME_MS));
    const at = Math.max(wanted, this.lastFrame + FRAME_MS);
    // At once: work that never waits for anything leaves timers no turn.
    if (at <= this.options.clock.now()) {
      this.draw();
      return;
    }
    if (this.next !== undefined) {
      if (this.next.at <= at) return;
      this.next.cancel();
    }
    const { now, after } = this.options.clock;
    this.next = { at, cancel: after(Math.max(0, at - now()), () => this.draw()) };
  }

  private draw(): void {
    this.next?.cancel();
    this.next = undefined;
    const now = this.options.clock.now();
    this.lastFrame = now;
    this.lookAhead(now);
    const asking = [...this.progress.running.values()].filter(({ executor }) => executor === "agent");
    const ceiling = this.options.tightest(asking.map(({ target }) => target));
    const { unicode } = this.screen;
    const look = { ...this.screen.size(), unicode, colours: this.real.colours };
    this.write(frame(this.progress, this.outlook, ceiling, look, now).map((line) => this.screen.clean(line)));
    if (!this.progress.finished) this.drawBy(now + IDLE_MS);
  }

  private lookAhead(now: number): void {
    if (this.latest === undefined || now < this.outlookDue) return;
    const began = performance.now();
    const { slots, world } = this.options;
    this.outlook = outlookOf(this.latest, this.progress, slots, usualSeconds(this.latest, world), now);
    this.outlookDue = now + Math.min(OLDEST_OUTLOOK_MS, Math.max(IDLE_MS, (performance.now() - began) / OUTLOOK_SHARE));
  }

  /** One write a frame, unless there are errors to say: they go to their own stream, and stand where they belong. */
  private write(lines: readonly string[]): void {
    const size = this.screen.size();
    let scroll: string[] = [];
    for (const { text, toErrors } of this.scroll.splice(0)) {
      if (!toErrors) {
        scroll.push(text);
        continue;
      }
      this.put(this.region.paint(scroll, [], size));
      this.real.err(text);
      scroll = [];
    }
    this.put(this.region.paint(scroll, lines, size));
  }

  private put(text: string): void {
    if (text !== "") this.screen.write(text);
  }
}
