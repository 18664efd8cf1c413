import { it } from "vitest";
import { agrees, RUNS } from "./lives.ts";

it(`agrees with a naive model in ${RUNS} lives of made-up campaigns`, { timeout: 60_000 + RUNS * 120 }, () =>
  agrees(RUNS, 1),
);
