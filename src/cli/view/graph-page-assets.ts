/** The style and the script of the graph's page. The script sets text only, never markup. */
export const PAGE_STYLE = `
*{box-sizing:border-box}
:root{color-scheme:light dark}
body{margin:0;font:14px/1.5 system-ui,sans-serif;color:#222;background:#fff;display:grid;grid-template:auto 1fr/minmax(0,1fr) 24rem;min-height:100vh}
header{grid-column:1/-1;padding:.8rem 1.2rem;border-bottom:1px solid #ddd}
h1{font-size:1.1rem;margin:0}
header p{margin:.4rem 0 0}
#search{width:18rem;max-width:100%;font:inherit;color:inherit;background:transparent;padding:.1rem .5rem;border:1px solid #999;border-radius:.3rem}
main{padding:.6rem 1.2rem;overflow-x:auto}
aside{padding:.8rem 1.2rem;border-left:1px solid #ddd;overflow-wrap:anywhere;position:sticky;top:0;max-height:100vh;overflow-y:auto}
.note{background:#fff7dd;padding:.3rem .6rem;margin:.5rem 0 0}
.fold{border-bottom:1px solid #eee;padding:.3rem 0}
summary{cursor:pointer}
.drawing{overflow-x:auto;padding:.4rem 0}
.drawing svg{max-width:none}
.node{cursor:pointer}
.node.chosen>path{stroke-width:3}
.node:focus{outline:none}
.node:focus-visible>path{stroke-width:3}
.node.dim{opacity:.2}
li.dim,.fold[hidden]{display:none}
.chip{display:inline-block;padding:0 .5rem;border:1px solid;border-radius:.7rem;font-size:.85em;color:inherit;text-decoration:none}
button.chip{font-family:inherit;font-size:.85em;line-height:inherit;cursor:pointer}
button.chip[aria-pressed=true]{outline:2px solid #2f5f9d}
ul{margin:.2rem 0;padding-left:1.2rem}
aside h2{font-size:1rem;margin:0 0 .3rem}
aside h3{font-size:.85rem;margin:.8rem 0 0;color:#555}
aside a{color:#2f5f9d}
@media(max-width:60rem){body{display:block}aside{border:0;border-top:1px solid #ddd;background:#fff;bottom:0;top:auto;max-height:45vh}}
@media(prefers-color-scheme:dark){body,aside{background:#1b1b1b;color:#ddd}header,aside,.fold{border-color:#444}.chip,.note{color:#222}aside h3{color:#aaa}aside a{color:#8fb8e8}}
`;

export const PAGE_SCRIPT = `
"use strict";
const targets = JSON.parse(document.getElementById("data").textContent);
const panel = document.getElementById("panel");
const make = (tag, text, parent) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
};
const list = (title, items) => {
  if (items.length === 0) return;
  make("h3", title, panel);
  const rows = make("ul", undefined, panel);
  for (const item of items) {
    const row = make("li", undefined, rows);
    if (typeof item === "string") { row.textContent = item; continue; }
    if (item.to === undefined) row.append(item.text);
    else make("a", item.text, row).href = "#n" + item.to;
    if (item.why) row.append(" (" + item.why + ")");
  }
};
const show = (index) => {
  const target = targets[index];
  if (!target) return;
  const fold = document.getElementById(target.fold);
  if (fold) fold.open = true;
  for (const node of document.querySelectorAll(".chosen")) node.classList.remove("chosen");
  const node = document.getElementById("n" + index);
  if (node) { node.classList.add("chosen"); node.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  panel.replaceChildren();
  make("h2", target.id, panel);
  const state = make("span", target.state, panel);
  state.className = "chip s-" + target.style;
  list("Because", target.reasons);
  list("Needs", target.needs);
  list("Read by", target.readers);
  list("Writes", target.writes);
  list("Last run", [target.last]);
};
const follow = () => {
  const index = /^#n(\\d+)$/.exec(location.hash);
  if (index) show(Number(index[1]));
};
addEventListener("hashchange", follow);
for (const node of document.querySelectorAll(".node")) {
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "button");
  const choose = () => { history.replaceState(null, "", "#" + node.id); show(Number(node.id.slice(1))); };
  node.addEventListener("click", choose);
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
}
// What is not looked for steps back; members without any of it go.
const search = document.getElementById("search");
const found = document.getElementById("found");
const chips = document.querySelectorAll("header button.chip");
let hits = [];
const filter = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
  const states = new Set();
  for (const chip of chips) if (chip.getAttribute("aria-pressed") === "true") states.add(chip.dataset.state);
  const filtering = words.length > 0 || states.size > 0;
  hits = [];
  const folds = new Set();
  targets.forEach((target, index) => {
    const name = target.id.toLowerCase();
    const hit = words.every((word) => name.includes(word)) && (states.size === 0 || states.has(target.state));
    const node = document.getElementById("n" + index);
    if (node) node.classList.toggle("dim", !hit);
    if (hit) { hits.push(index); folds.add(target.fold); }
  });
  for (const fold of document.querySelectorAll(".fold")) {
    fold.hidden = !folds.has(fold.id);
    if (filtering && folds.size <= 3 && !fold.hidden) fold.open = true;
  }
  found.textContent = filtering ? hits.length + " found" : "";
};
search.addEventListener("input", filter);
search.addEventListener("keydown", (event) => { if (event.key === "Enter" && hits.length > 0) location.hash = "#n" + hits[0]; });
for (const chip of chips) chip.addEventListener("click", () => {
  chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
  filter();
});
// A browser may have kept what was typed before the page was loaded again.
filter();
follow();
`;
