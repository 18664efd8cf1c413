/** The real world, made once for a process. */
import * as fs from "node:fs";
import type { Host } from "../host.ts";

export const realHost = (root: string): Host => ({
  fs,
  root,
  env: process.env,
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
});
