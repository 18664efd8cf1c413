import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphPage } from "../../src/cli/view/graph-page.ts";
import { Evaluation } from "../../src/graph/evaluate.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Picture } from "../../src/graph/printers.ts";
import { graphOf, target, World } from "../graph/world.ts";
import { Browser, noBrowser } from "./browser.ts";

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

if (noBrowser) process.stdout.write("skipped: Chromium is not here, so the graph's page is not tried in it\n");
describe.skipIf(noBrowser)("in a browser, the graph's page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start();
  }, 30_000);
  afterAll(async () => browser?.close());

  const panel = () => browser.value("document.getElementById('panel').innerText");
  const found = () => browser.value("document.getElementById('found').innerText");
  /** The targets whose nodes can be seen, and stand out. */
  const standingOut = () =>
    browser.value(`[...document.querySelectorAll(".node:not(.dim)")]
      .filter((node) => node.checkVisibility()).map((node) => node.textContent.trim())`);

  it("shows a target that is clicked, and follows its links", async () => {
    await browser.open((await graphPage(picture(small, ["book/a/P1"]), "Codex: all")).html);
    await expect.poll(panel).toContain("Choose a target.");
    await browser.click("summary");
    await browser.click("#n1");
    await expect.poll(panel).toMatch(/^book\/a\/P2\s+stale\s+Because\s+never built\s+Needs\s+book\/a\/P1 \(audit\)/);
    // What it is read by is of another book, whose fold is closed.
    await browser.click('#panel a[href="#n2"]');
    await expect.poll(panel).toMatch(/^book\/b\/P1/);
    await expect.poll(standingOut).toEqual(["P1", "P2", "P1"]);
    expect(await browser.value("document.querySelector('.chosen').id")).toBe("n2");
  });

  it("finds targets by words of their addresses, and by state", async () => {
    await browser.open((await graphPage(picture(small, ["book/a/P1"]), "Codex: all")).html);
    await browser.click("#search");
    await browser.type("P1 book/A");
    await expect.poll(found).toBe("1 found");
    await expect.poll(standingOut).toEqual(["P1"]);
    await browser.press("Enter");
    await expect.poll(panel).toMatch(/^book\/a\/P1\s+fresh/);
    await browser.click("button.s-stale");
    await expect.poll(found).toBe("0 found");
    await browser.click("button.s-stale");
    await expect.poll(found).toBe("1 found");
  });

  it("asks the network for nothing and runs nothing, whatever names say", async () => {
    const nasty = [
      `</script><script>window.ran = 1</script>`,
      `"><img src=https://names.invalid/x onerror="window.ran = 2">`,
      `<svg onload="window.ran = 3">\\N\\E&lt;`,
      `' onclick='window.ran = 4`,
      `<a href="javascript:window.ran = 5">`,
      `<meta http-equiv=refresh content="0;url=https://names.invalid/">`,
    ];
    const graph = graphOf(
      ...nasty.map((name, index) =>
        target(`book/${name.replaceAll("/", "∕")}/${name.replaceAll("/", "∕")}`, {
          hard: { [name]: index === 0 ? "source" : `${index - 1}.md#title(${nasty[index - 1]})` },
          out: [`${index}.md#title(${name})`],
        }),
      ),
    );
    await browser.open((await graphPage(picture(graph), `Codex: ${nasty.join(" ")}`)).html);
    for (const [index, name] of nasty.entries()) {
      await browser.value(`location.hash = "#n${index}"; show(${index})`);
      await expect.poll(panel).toContain(name.replaceAll("/", "∕"));
      await browser.click(`#n${index}`);
    }
    expect(await browser.value("[window.ran, document.images.length, document.scripts.length]")).toEqual([null, 0, 2]);
    expect([browser.requests, browser.complaints]).toEqual([[], []]);
  });
});
