import { describe, expect, it } from "vitest";
import { graphPage } from "../../src/cli/view/graph-page.ts";
import { Evaluation } from "../../src/graph/evaluate.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Picture } from "../../src/graph/printers.ts";
import { graphOf, target, World } from "../graph/world.ts";

function picture(graph: Graph, built: readonly string[] = []): Picture {
  const world = new World({ source: "s" });
  for (const id of built) world.complete(graph, id);
  const evaluation = new Evaluation(graph, world);
  return { graph, ids: graph.order, status: (id) => evaluation.status(id), last: (id) => world.trace(id)?.run };
}

/** What the page's script reads. */
const dataIn = (
  html: string,
): { id: string; state: string; reasons: string[]; needs: { text: string }[]; last: string }[] =>
  JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)![1]!);

const small = graphOf(
  target("book/a/P1", { hard: { source: "source" }, out: ["plan.md#§1"] }),
  target("book/a/P2", { hard: { audit: "plan.md#§1" }, out: ["plan.md#§2"] }),
  target("book/b/P1", { hard: { gap: "plan.md#§2" }, out: ["other.md"] }),
);

describe("the graph's page", () => {
  it("has a fold with a drawing for each member, and the details of every target", async () => {
    const { html, listed } = await graphPage(picture(small, ["book/a/P1"]), "Codex: all");
    expect(listed).toBe(0);
    expect(html.match(/<details /g)).toHaveLength(2);
    expect(html.match(/<svg/g)).toHaveLength(2);
    const [first, second, third] = dataIn(html);
    expect(first).toMatchObject({ id: "book/a/P1", state: "fresh", last: expect.stringContaining("by") });
    expect(second).toMatchObject({ state: "stale", reasons: ["never built"], last: "never" });
    // What another member's target needs is said, though no line is drawn to it.
    expect(third!.needs).toEqual([{ text: "book/a/P2", to: 1, why: "gap" }]);
    expect(html).toContain('class="node s&#45;fresh"');
  });

  it("refers to nothing outside, and runs no script but its own", async () => {
    const { html } = await graphPage(picture(small), "Codex: all");
    expect(html).not.toMatch(/https?:|\bsrc=|@import|url\(/);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    expect(policy).toMatch(/^default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/]{43}='$/);
    const script = /<script>(.*?)<\/script>/s.exec(html)![1]!;
    const { createHash } = await import("node:crypto");
    expect(policy).toContain(createHash("sha256").update(script).digest("base64"));
    expect(() => new Function(script)).not.toThrow();
  });

  it("takes no name for markup", async () => {
    const nasty = `book/x"><script>alert(1)</script>/P&amp;"\\N</script><!--`;
    const graph = graphOf(target(nasty, { hard: { "<img src=x>": "source" }, out: ["a.md#title(<b>)"] }));
    const { html } = await graphPage(picture(graph), `Codex: <${nasty}>`);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/<(img|b>|!--)/);
    expect(dataIn(html)[0]!.id).toBe(nasty);
    // In the drawing the name reads as it is.
    expect(html).toContain("P&amp;amp;");
  });

  it("is the same for the same graph", async () => {
    expect(await graphPage(picture(small), "x")).toEqual(await graphPage(picture(small), "x"));
  });

  it("of more targets than can be drawn lists what needs no attention", async () => {
    const many = graphOf(
      ...Array.from({ length: 260 }, (_, book) =>
        Array.from({ length: 9 }, (_, pass) =>
          target(`book/b${book}/P${pass}`, {
            after: pass === 0 ? [] : [`book/b${book}/P${pass - 1}`],
            out: [`${book}-${pass}`],
          }),
        ),
      ).flat(),
    );
    // The first fifty books are done.
    const done = many.order.filter((id) => Number(/b(\d+)/.exec(id)![1]) < 50);
    const began = performance.now();
    const { html, listed } = await graphPage(picture(many, done), "x");
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(listed).toBe(2340 - 1998);
    expect(html).toContain(`2340 targets are too many to draw: ${listed} of them are listed`);
    expect(html).toMatch(/<details class="fold" id="[^"]*"><summary>book\/b49 .*?<ul>/);
    expect(dataIn(html)).toHaveLength(2340);
  });
});
