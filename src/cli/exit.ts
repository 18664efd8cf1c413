/** Exit codes (design §10): what a script can know of how a command ended. */
export const EXIT = {
  /** Done, or nothing to do. */
  done: 0,
  /** A target failed. */
  failed: 1,
  /** Usage or configuration. */
  usage: 2,
  /** `--check` found stale targets. */
  stale: 3,
  /** Waiting for a person. */
  waiting: 4,
  /** Stopped by a budget. */
  budget: 5,
  interrupted: 130,
} as const;
