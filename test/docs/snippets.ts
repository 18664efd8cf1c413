/**
 * The code blocks of the documentation that a reader can run, and how they are run. A block is marked on the line
 * before its fence:
 *
 *   <!-- test: NAME -->               runs in the folder NAME, after the blocks of that name before it
 *   <!-- test: NAME file=a/b.txt -->  is saved as that file; a `ts` block without `file` is codex.config.ts
 *   <!-- test: NAME exit=4 -->        ends with that exit code; 0 where nothing is said
 *   <!-- test: NAME output -->        is what the last `sh` block printed, its lines in any order
 *
 * In an output, a line `…` stands for any further lines; times, digests, process numbers and people's names may differ.
 */

export interface Snippet {
  readonly scenario: string;
  /** `file:line` of the fence, for messages. */
  readonly where: string;
  readonly text: string;
  readonly kind:
    | { readonly type: "file"; readonly path: string }
    | { readonly type: "shell"; readonly exit: number }
    | { readonly type: "output" };
}

const MARK = /^<!-- test: ([a-z0-9-]+)((?: [a-z]+(?:=\S+)?)*) -->$/;
const FENCE = /^```(\w*)$/;

/** The marked blocks of a document, in order. Throws where a mark is not understood or has no block. */
export function snippetsOf(document: string, path: string): Snippet[] {
  const lines = document.split("\n");
  const found: Snippet[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("<!-- test:")) continue;
    const where = `${path}:${index + 2}`;
    const mark = MARK.exec(line);
    const language = FENCE.exec(lines[index + 1] ?? "")?.[1];
    const end = lines.indexOf("```", index + 2);
    if (mark === null || language === undefined || end < 0) throw new Error(`${where}: a mark without a code block`);
    const options = new Map<string, string | undefined>(
      (mark[2] ?? "")
        .split(" ")
        .filter(Boolean)
        .map((option) => {
          const [name = "", value] = option.split("=");
          return [name, value];
        }),
    );
    found.push({
      scenario: mark[1]!,
      where,
      text: `${lines.slice(index + 2, end).join("\n")}\n`,
      kind: kindOf(language, options, where),
    });
  }
  return found;
}

function kindOf(language: string, options: ReadonlyMap<string, string | undefined>, where: string): Snippet["kind"] {
  const path = options.get("file") ?? (language === "ts" ? "codex.config.ts" : undefined);
  if (path !== undefined) return { type: "file", path };
  if (options.has("output")) return { type: "output" };
  if (language === "sh") return { type: "shell", exit: Number(options.get("exit") ?? 0) };
  throw new Error(`${where}: a marked ${language} block that is neither a file, a command nor an output`);
}

/** What differs from run to run, made equal. */
export function normalised(text: string): string[] {
  return text
    .replace(/\d+ h \d+ min|\d+ min \d+ s|\d+(?:\.\d+)? s\b/g, "TIME")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "WHEN")
    .replace(/\b[0-9a-f]{8}\b(?= →)|(?<=→ )[0-9a-f]{8}\b/g, "DIGEST")
    .replace(/\b(Approved|Accepted|Merged|Taken back) by [^:\n]+:/g, "$1 by NAME:")
    .replace(/(accepted: \S+), by [^,\n]+,/g, "$1, by NAME,")
    .replace(/person:[^,\n]+/g, "person:NAME")
    .replace(/process \d+ on \S+,/g, "process PID on HOST,")
    .replace(/kill \d+/g, "kill PID")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}

/** The lines that were promised and not printed, and, unless `…` allows for them, printed and not promised. */
export function difference(
  promised: string,
  printed: string,
): { readonly missing: string[]; readonly extra: string[] } {
  const extra = normalised(printed);
  const missing: string[] = [];
  let open = false;
  for (const line of normalised(promised)) {
    if (line === "…") {
      open = true;
      continue;
    }
    const at = extra.indexOf(line);
    if (at < 0) missing.push(line);
    else extra.splice(at, 1);
  }
  return { missing, extra: open ? [] : extra };
}
