/**
 * What the live view costs: a hundred targets at once, each with signs of life every second and one that ends every
 * 100 ms, for ten seconds of real time, on a terminal of 120 × 50. Prints the processor's share and the writes a second.
 */
import { createColors } from "picocolors";
import { LiveView } from "../src/cli/view/live.ts";
import type { Event } from "../src/events.ts";

const CONCURRENT = 100;
const SECONDS = 10;

let writes = 0;
let bytes = 0;
const colours = createColors(true);
const view = new LiveView(
  { out() {}, err() {}, colours },
  {
    unicode: true,
    showsErrors: true,
    size: () => ({ columns: 120, rows: 50 }),
    write(text) {
      writes++;
      bytes += text.length;
    },
    clean: (line) => line,
    onResize: () => () => {},
  },
  {
    slots: { pools: {}, limit: CONCURRENT },
    world: { trace: () => undefined },
    tightest: () => ({ scope: "run", spentUsd: 1, usd: 50 }),
    clock: {
      now: () => Date.now(),
      after(ms, fn) {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
    },
  },
);

const emit = (event: Event): void => view.event(event);
const nameOf = (index: number): string => `book/some-book-with-a-long-name-${index % 64}/P4_production/03.09.${index}`;
const start = (index: number): void =>
  emit({ type: "targetStarted", at: Date.now(), target: nameOf(index), executor: "agent", reasons: ["never built"] });

emit({ type: "buildStarted", at: Date.now(), goals: ["all"], targets: 900, provider: "anthropic" });
let next = 0;
while (next < CONCURRENT) start(next++);

const began = process.cpuUsage();
const from = performance.now();
let tick = 0;
const timer = setInterval(() => {
  // A tenth of the targets give a sign of life each time, and one ends.
  for (let i = tick % 10; i < CONCURRENT; i += 10)
    emit({
      type: "callProgress",
      at: Date.now(),
      target: nameOf(next - CONCURRENT + i),
      attempt: 1,
      turn: 3,
      outputTokens: tick * 40,
    });
  emit({
    type: "targetFinished",
    at: Date.now(),
    target: nameOf(next - CONCURRENT),
    how: "ran",
    seconds: 10,
    usd: 0.1,
    attempts: 1,
    agent: "a",
    reasons: [],
    changed: true,
  });
  start(next++);
  tick++;
  if (performance.now() - from < SECONDS * 1000) return;
  clearInterval(timer);
  const { user, system } = process.cpuUsage(began);
  const seconds = (performance.now() - from) / 1000;
  view.close();
  process.stdout.write(
    `${CONCURRENT} targets at once, ${seconds.toFixed(1)} s: ${((user + system) / 10_000 / seconds).toFixed(2)} % of a processor, ` +
      `${(writes / seconds).toFixed(1)} writes/s, ${(bytes / seconds / 1024).toFixed(1)} KiB/s\n`,
  );
}, 100);
