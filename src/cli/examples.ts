/** Examples for `codex <command> --help`. Tests check that each names a command and options that there are. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [command: string, what: string])[]>> = {
  build: [
    ["codex build", "everything that is stale"],
    ["codex build book/lawson-michelsohn", "one book; a unique prefix of its slug will do"],
    ['codex build "book/*/P1_audit" -j 4', "the audits of all books, four at once"],
    ["codex build -n tier/alpha", "what would run and why, and what it would cost; writes nothing"],
    ["codex build --check", "for CI: exits with 3 where anything is stale"],
    ["codex build --fail stop --json", "stop at the first failure; events for a script"],
  ],
  watch: [
    ["codex watch", "build whenever a file is saved"],
    ["codex watch --dry book/lawson-michelsohn", "only say what would run"],
    ["codex watch --budget 5", "spend at most five dollars in all"],
  ],
  graph: [
    ["codex graph book/lawson-michelsohn", "as text"],
    ["codex graph tier/alpha --format mermaid", "for a README or a CI summary"],
  ],
  why: [["codex why book/lawson-michelsohn/P2_gap", "why a target is in its state, and what would change it"]],
  status: [
    ["codex status", "the books and their passes"],
    ["codex status --format md", "for a CI summary or an issue"],
  ],
  log: [
    ["codex log book/lawson/P4 --since 2h", "what happened to the units of one book in the last two hours"],
    ["codex log --follow", "what happens, as it happens"],
  ],
  validate: [
    ["codex validate", "every unit"],
    ["codex validate content/03-modern-geometry --format github", "one folder, as annotations of a workflow"],
  ],
  continuity: [["codex continuity --format md", "the measures against the thresholds, as Markdown"]],
  approve: [["codex approve book/lawson-michelsohn/P2_gap.gate", "let those who read it go on"]],
  inbox: [
    ["codex inbox", "everything that waits for you"],
    ["codex inbox tier/alpha --format json", "for a script"],
  ],
  reject: [['codex reject book/lawson-michelsohn/P2_gap.gate --why "Chapter III is missing"', "have it made again"]],
  answer: [
    ['codex answer book/lawson-michelsohn/P2_gap "Search the exercises too"', "have it tried again, told this"],
    ["codex answer book/lawson-michelsohn/P2_gap --output gap=gap.md", "take what you have written yourself"],
  ],
  defer: [
    ['codex defer book/lawson-michelsohn --why "after v1.0"', "go on without the book"],
    ['codex defer book/lawson-michelsohn --undo --why "now"', "take it up again"],
  ],
  clean: [["codex clean -n book/lawson-michelsohn", "what would be removed"]],
  init: [
    ["codex init", "make this folder a campaign"],
    ["codex init --dry-run", "say what would be written"],
  ],
  doctor: [["codex doctor", "is everything there that a build needs?"]],
  completion: [
    ["codex completion bash", "for every new bash: source <(codex completion bash) in ~/.bashrc"],
    ["codex completion zsh", "the same in ~/.zshrc, below compinit"],
    ["codex completion fish > ~/.config/fish/completions/codex.fish", "for every new fish"],
  ],
};

/** The examples of a command as `--help` shows them; empty where there are none. */
export function examplesOf(command: string): string {
  const examples = EXAMPLES[command] ?? [];
  if (examples.length === 0) return "";
  const width = Math.min(50, Math.max(...examples.map(([text]) => text.length)));
  return `\nExamples:\n${examples.map(([text, what]) => `  ${text.padEnd(width)}  ${what}`).join("\n")}`;
}
