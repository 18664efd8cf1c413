/** A small plan of the full form, made for these tests; its book, results and units are invented. */

export const AUDIT = `## §1. Book audit

An invented book [1] on knots of string, as its reviewers [2, 3] describe it.

### 1.1 Table of contents

Two chapters.

### 1.2 Theorem inventory

| # | Section | Result |
|---|---|---|
| T1 | I.1 | Every string has two ends. |
| T2 | I.2 | A knot with $|n| > 1$ loops holds. |

### 1.3 Exercise inventory

**Chapter I:**

1. **Pull a loop.** Show that it closes.
2. Count the ends of three strings.

### 1.4 Worked-example inventory

#### Chapter II

- **W1** The bow (II.1).

### 1.5 Notation conventions

Ends are $e_1$ and $e_2$.

### 1.6 Sequencing

I before II.

### 1.7 Author's perspective

String first, theory later.

### Sources

1. A review.
2. Another review.
3. A course page.
`;

export const LAYER_NAMES = [
  "Theorems",
  "Exercises",
  "Worked examples",
  "Notation",
  "Sequencing",
  "Intuition",
  "Applications",
];

export const GAP = `## §2. Gap analysis

${LAYER_NAMES.map(
  (name, at) => `### 2.${at + 1} ${name} coverage

| # | Entry | Status | Unit |
|---|---|---|---|
| 1 | First of the ${name.toLowerCase()} | ✓ | 01.01.01 |
| 2 | Second | △ | \`01.01.01\`, \`01.01.02\` |
| 3 | Third | ✗ | – |
`,
).join("\n")}
### 2.8 Coverage scorecard

| Layer | Covered | Total | Percent |
|---|---|---|---|
${LAYER_NAMES.map((name) => `| ${name} | 1 | 3 | 33 % |`).join("\n")}
`;

export interface UnitRow {
  readonly id: string;
  readonly agent: string;
  readonly fields?: Readonly<Record<string, string | undefined>>;
}

/** A unit's entry; a field that is undefined is left out. */
export const entry = ({ id, agent, fields = {} }: UnitRow): string => {
  const slug = `slug-${id.replaceAll(".", "-")}`;
  const all: Readonly<Record<string, string | undefined>> = {
    "Unit ID": id,
    Title: `Unit ${id}`,
    Slug: slug,
    Path: `content/01-strings/01-knots/${id}-${slug}.md`,
    "Concept catalog ID": `knots.${slug}`,
    Prerequisites: "01.01.01",
    Peers: "01.01.01, 01.01.02",
    "Closes gaps": "T1, W1",
    Agent: agent,
    ...fields,
  };
  const rows = Object.entries(all).flatMap(([field, value]) =>
    value === undefined ? [] : [`| ${field} | ${value} |`],
  );
  return `#### ${id} Unit ${id}\n\n| Field | Value |\n|---|---|\n${rows.join("\n")}\n\nWrite it plainly.\n`;
};

/** §3 with these units and these rows of the agents' table. */
export const production = (units: readonly UnitRow[], agents: readonly string[]): string => `## §3. Production plan

### 3.1 New units

${units.map(entry).join("\n")}
### 3.2 Deepenings

None.

### 3.3 Exercise packs

None.

### 3.4 Notation file

No file.

### 3.5 DAG edges

| From | To |
|---|---|
| 01.01.01 | 01.01.11 |

### 3.6 Agent decomposition

| Agent | Batch | Units | After |
|---|---|---|---|
${agents.join("\n")}
`;

export const PRODUCTION = production(
  [
    { id: "01.01.11", agent: "A" },
    { id: "01.01.12", agent: "A" },
    { id: "01.01.13", agent: "B" },
  ],
  ["| A | 1 | 01.01.11, 01.01.12 | – |", "| B | 2 | 01.01.13 | A |"],
);

export const THRESHOLDS = [95, 80, 90, 100, 100, 100, 80];

export const VERIFICATION = `## §4. Verification

### 4.1 Book as input

| # | Result | Unit | Heading |
|---|---|---|---|
| T1 | Two ends | 01.01.11 | \`## Key theorem with proof [Intermediate+]\` |
| T2 | Knots hold | 01.01.12 | Loops [Master] |

### 4.2 Exercises

- X1: solved.
- X2: solved.
- X3: solved.

### 4.3 Notation

Parsed.

### 4.4 Sign-off

| Layer | Covered | Total | Percent | Threshold | Verdict |
|---|---|---|---|---|---|
${LAYER_NAMES.map((name, at) => `| ${name} | 20 | 20 | 100 % | ${THRESHOLDS[at]} % | met |`).join("\n")}
`;

export const PLAN = `---
book: "Knots of String"
plan_status: draft
---

# Nobody — *Knots of String* — Fast Track plan

${[AUDIT, GAP, PRODUCTION, VERIFICATION].join("\n")}`;
