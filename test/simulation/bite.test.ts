import { it } from "vitest";
import * as bugs from "./bugs.ts";
import { simulate } from "./simulate.ts";

for (const [name, seams] of Object.entries(bugs).slice(0, 2)) {
  it(name, { timeout: 600_000 }, async () => {
    const found: string[] = [];
    for (let seed = 1; seed <= 200 && found.length < 5; seed++) {
      try {
        const { violation } = await simulate(seed, seams);
        if (violation) found.push(`${seed}: ${violation.message.slice(0, 150)}`);
      } catch (error) {
        found.push(`${seed} threw ${(error as Error).stack?.slice(0, 300)}`);
      }
    }
    console.log(name, found);
  });
}
