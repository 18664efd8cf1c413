/** The pictures in the documentation: drawn from what a terminal shows, and no more than that. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
// @ts-expect-error it is a script without types
import { Screen, svgOf } from "../../scripts/screen-to-svg.mjs";

test("a picture has the lines as they stand at the end, in their colours, with nothing that is markup", () => {
  const screen = new Screen();
  screen.write(
    "\u001b[?2026h\u001b[32m✓\u001b[39m done <a&b>\n→ running\n\u001b[1A\u001b[2mgone\u001b[22m\u001b[K\r\u001b[J",
  );
  screen.write("\u001b[1mTotals\u001b[22m\n\u001b[?2026l");
  const svg: string = svgOf(screen, 'codex "x"');
  expect(svg.match(/<text [^>]*>([^<]*)</g)).toEqual([
    expect.stringMatching(/fill="#98c379">✓</),
    expect.stringContaining("> done &lt;a&amp;b&gt;<"),
    expect.stringMatching(/font-weight="bold">Totals</),
  ]);
  expect(svg).toContain('aria-label="codex &quot;x&quot;"');
});

const folder = new URL("../../docs/screens/", import.meta.url);
test.each(readdirSync(folder))("%s is a picture of a command that there is", (name) => {
  const svg = readFileSync(new URL(name, folder), "utf8");
  const command = /<title>codex (\w+)/.exec(svg)?.[1];
  expect(readFileSync(new URL("../../src/cli/program.ts", import.meta.url), "utf8")).toContain(
    `.command("${command}")`,
  );
  expect(svg).not.toMatch(/<script|href=|\/tmp\//);
});
