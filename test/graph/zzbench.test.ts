import { it } from "vitest";
import { digestOf, MISSING, type Digest } from "/work/main/src/artifact/digest.ts";
import { formatRef, parseRef, type Ref } from "/work/main/src/artifact/ref.ts";
import { buildGraph } from "/work/main/src/graph/graph.ts";
import { Evaluation } from "/work/main/src/graph/evaluate.ts";
import type { Facts, Hidden } from "/work/main/src/graph/facts.ts";
import type { Target } from "/work/main/src/graph/target.ts";
import type { Trace } from "/work/main/src/graph/trace.ts";
import picomatch from "picomatch";

const ref = (t: string): Ref => { const r = parseRef(t); if (!r.ok) throw new Error(t); return r.value; };
function shape(books: number, units: number, loose = 0): Target[] {
  const list: Target[] = [];
  const t = (id: string, s: Partial<Target>): void => { list.push({ id: id as never, rule: "r", groups: [], inputs: [], outputs: [], amends: [], mayAmend: [], after: [], gate: undefined, decidedBy: undefined, identity: { version: digestOf("1") }, soft: { prompt: digestOf("p") }, byPerson: false, estimate: { seconds: 1, usd: 0 }, ...s }); };
  const inp = (name: string, r: string) => ({ name, kind: "hard" as const, source: { kind: "ref" as const, ref: ref(r) } });
  const glob = (name: string, g: string) => ({ name, kind: "hard" as const, source: { kind: "glob" as const, patterns: [g] } });
  const prod = (name: string, of: string, p: string) => ({ name, kind: "hard" as const, source: { kind: "product" as const, of: of as never, name: p } });
  const out = (name: string, r: string) => ({ kind: "ref" as const, name, ref: ref(r) });
  const each = (f: (b: number) => void) => { for (let b = 0; b < books; b++) f(b); };
  const plan = (b: number) => `plans/fasttrack/book-${b}.md`;
  const uf = (b: number, u: number) => `content/${b % 40}-part/${String(b).padStart(4, "0")}.${u}-unit-title.md`;
  each((b) => t(`book/book-${b}/P1_audit`, { outputs: [out("audit", `${plan(b)}#§1`)] }));
  each((b) => t(`book/book-${b}/P2_gap`, { inputs: [inp("audit", `${plan(b)}#§1`)], outputs: [out("gap", `${plan(b)}#§2`)] }));
  each((b) => t(`book/book-${b}/P3_plan`, { inputs: [inp("audit", `${plan(b)}#§1`), inp("gap", `${plan(b)}#§2`)], outputs: [out("plan", `${plan(b)}#§3`)] }));
  each((b) => { for (let u = 0; u < units; u++) t(`book/book-${b}/P4_production/${b}.${u}`, { decidedBy: ref(`${plan(b)}#§3`), inputs: [inp("entry", `${plan(b)}#§3/entry(03.${u})`), ...(b > 1 ? [0, 1].map((k) => glob(`peers/${k}`, `content/**/${String(b - 1 - k).padStart(4, "0")}.${u}-*.md`)) : [])], outputs: [{ kind: "product", name: "unit" }, { kind: "product", name: "proposals" }] }); });
  each((b) => t(`book/book-${b}/integrate/1`, { decidedBy: ref(`${plan(b)}#§3`), inputs: Array.from({ length: units }, (_, u) => prod(`unit/${u}`, `book/book-${b}/P4_production/${b}.${u}`, "unit")), outputs: [...Array.from({ length: units }, (_, u) => out(`u${u}`, uf(b, u))), { kind: "scope", name: "catalog", ref: ref("docs/catalogs/CONCEPT_CATALOG.md") }] }));
  each((b) => t(`book/book-${b}/P5_verification`, { decidedBy: ref(`${plan(b)}#§3`), inputs: [inp("gap", `${plan(b)}#§2`), ...Array.from({ length: units }, (_, u) => inp(`units/${u}`, uf(b, u)))], outputs: [out("verification", `${plan(b)}#§4`)] }));
  each((b) => t(`book/book-${b}/PW_weaving`, { inputs: [inp("verification", `${plan(b)}#§4`)], amends: Array.from({ length: units }, (_, u) => ref(uf(b, u))), mayAmend: b > 1 ? Array.from({ length: loose }, (_, u) => ref(uf(b - 1, u))) : [], outputs: [out("report", `manifests/reports/book-${b}/weaving.md`)] }));
  each((b) => t(`book/book-${b}/PV_continuity`, { inputs: [inp("weaving", `manifests/reports/book-${b}/weaving.md`), ...Array.from({ length: units }, (_, u) => inp(`units/${u}`, uf(b, u)))], outputs: [out("report", `manifests/reports/book-${b}/continuity.md`)] }));
  return list;
}
class F implements Facts {
  traces = new Map<string, Trace>(); files = new Map<string, Digest>(); paths: string[] = []; lists = new Map<string, string[]>();
  trace(id: never) { return this.traces.get(id); }
  digest(r: Ref, h: Hidden): Digest { const v = h.versions.get(r.path); if (v !== undefined) return v; return this.files.get(formatRef(r)) ?? MISSING; }
  globDigest(p: readonly string[], h: Hidden) { const key = p.join(); let l = this.lists.get(key); if (!l) { const pre = p[0]!.slice(p[0]!.lastIndexOf("/") + 1, -4); l = []; const m = this.byName.get(pre); if (m) l = [m]; this.lists.set(key, l); } return digestOf(JSON.stringify(l.map((x) => [x, this.digest({ path: x } as never, h)]))); }
  byName = new Map<string, string>();
  product(of: never, n: string) { return this.traces.get(of)?.products[n] ?? MISSING; }
  stored() { return true; } answer(r: { answer: Digest }) { return r.answer; } failed() { return false; }
}
function settle(list: Target[], graph: ReturnType<typeof g>): F {
  const f = new F(); const EV = new Evaluation(graph, f);
  for (const id of graph.order) {
    const t = graph.targets.get(id)!; const k = EV.key(id);
    const outputs: Record<string, Digest> = {}, products: Record<string, Digest> = {}, amends: Record<string, { before: Digest; after: Digest }> = {};
    for (const o of t.outputs) { if (o.kind === "ref") { outputs[formatRef(o.ref)] = digestOf(id + o.name); f.files.set(formatRef(o.ref), outputs[formatRef(o.ref)]!); if (!o.ref.fragment) { const n = o.ref.path.slice(o.ref.path.lastIndexOf("/") + 1); f.byName.set(n.slice(0, n.indexOf("-") + 1), o.ref.path); }  } else if (o.kind === "product") products[o.name] = digestOf(id + o.name); }
    for (const r of [...t.amends, ...t.mayAmend]) { const before = f.files.get(r.path)!; const after = digestOf(before + id); amends[r.path] = { before, after }; f.files.set(r.path, after); }
    f.traces.set(id, { ...k, reads: id.includes("P2") || id.includes("P5") ? Array.from({ length: 20 }, (_, i) => ({ question: { kind: "read" as const, ref: `x/${i}.md` }, answer: digestOf("a") })) : [], outputs, products, amends, run: {} as never });
  }
  return f;
}
const g = (list: Target[]) => { const r = buildGraph(list); if (!r.ok) throw new Error(r.error.what); return r.value; };
const ms = (fn: () => unknown, n = 5) => { const ts: number[] = []; for (let i = 0; i < n; i++) { const a = performance.now(); fn(); ts.push(performance.now() - a); } return `first ${ts[0]!.toFixed(0)} best ${Math.min(...ts).toFixed(0)}`; };
it("bench", { timeout: 600000 }, () => {
  for (const [books, units, loose] of [[10, 92, 0], [100, 92, 0], [100, 92, 20], ...(process.env.BIG ? [[1000, 92, 0]] : [])] as const) {
    const list = shape(books, units, loose);
    const build = ms(() => g(list));
    const graph = g(list);
    const kinds = new Map<string, number>();
    const f = settle(list, graph);
    const count = () => { const ev = new Evaluation(graph, f); kinds.clear(); for (const id of graph.order) { const k = ev.status(id).kind; kinds.set(k, (kinds.get(k) ?? 0) + 1); } };
    const evals = ms(count);
    console.log("BENCH", list.length, "loose", loose, "buildGraph", build, "evaluate", evals, JSON.stringify([...kinds]));
  }
});
