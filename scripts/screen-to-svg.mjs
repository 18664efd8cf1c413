/**
 * A terminal's screen as an SVG: what was really printed, with its colours, so that the documentation's pictures can be
 * made again whenever the output changes. Knows the sequences that Codex writes.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one.
const SEQUENCE = /^\u001b\[(\??)([\d;]*)([A-Za-z])/;
const COLOURS = { 31: "#e06c75", 32: "#98c379", 33: "#e5c07b", 36: "#56b6c2" };
const FONT = 14;
const ADVANCE = FONT * 0.6;
const LINE = 19;
const MARGIN = 14;

/** What stands on a terminal after some output was written to it. */
export class Screen {
  /** Rows of cells: a character with its style. */
  rows = [[]];
  row = 0;
  column = 0;
  style = {};

  write(text) {
    for (let rest = text; rest !== ""; ) {
      const sequence = SEQUENCE.exec(rest);
      if (sequence !== null) {
        this.#obey(sequence[2], sequence[3]);
        rest = rest.slice(sequence[0].length);
        continue;
      }
      const [character] = rest;
      rest = rest.slice(character.length);
      if (character === "\r") this.column = 0;
      else if (character === "\n") this.#down(1);
      else {
        const cells = this.rows[this.row];
        while (cells.length < this.column) cells.push({ character: " ", style: {} });
        cells[this.column++] = { character, style: this.style };
      }
    }
  }

  #down(count) {
    this.row += count;
    this.column = 0;
    while (this.rows.length <= this.row) this.rows.push([]);
  }

  #obey(argument, command) {
    const count = argument === "" ? 1 : Number(argument);
    if (command === "A") this.row = Math.max(0, this.row - count);
    else if (command === "B") this.#down(count);
    else if (command === "J") {
      this.rows.length = this.row + 1;
      this.rows[this.row].length = Math.min(this.rows[this.row].length, this.column);
    } else if (command === "K") this.rows[this.row].length = Math.min(this.rows[this.row].length, this.column);
    else if (command === "m") for (const code of argument.split(";").map(Number)) this.#colour(code);
  }

  #colour(code) {
    if (code === 0) this.style = {};
    else if (code === 1) this.style = { ...this.style, bold: true };
    else if (code === 2) this.style = { ...this.style, dim: true };
    else if (code === 22) this.style = { ...this.style, bold: false, dim: false };
    else if (code === 39) this.style = { ...this.style, colour: undefined };
    else if (COLOURS[code] !== undefined) this.style = { ...this.style, colour: COLOURS[code] };
  }
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * @param screen what to draw.
 * @param title the command that printed it, for those who do not see the picture.
 */
export function svgOf(screen, title) {
  const rows = [...screen.rows];
  while (rows.length > 0 && rows.at(-1).length === 0) rows.pop();
  const width = Math.ceil(Math.max(40, ...rows.map((row) => row.length)) * ADVANCE + 2 * MARGIN);
  const height = rows.length * LINE + 2 * MARGIN;
  const lines = rows.flatMap((row, index) => {
    const runs = [];
    for (const [column, { character, style }] of row.entries()) {
      const last = runs.at(-1);
      if (last !== undefined && last.style === style) last.text += character;
      else runs.push({ column, style, text: character });
    }
    return runs
      .filter(({ text }) => text.trim() !== "")
      .map(({ column, style, text }) => {
        const marks = [
          style.colour === undefined ? "" : ` fill="${style.colour}"`,
          style.bold ? ' font-weight="bold"' : "",
          style.dim ? ' opacity="0.6"' : "",
        ].join("");
        // Each run has its place and its length, so that columns stand under each other in any font.
        return `<text x="${(MARGIN + column * ADVANCE).toFixed(1)}" y="${MARGIN + index * LINE + FONT}" textLength="${([...text].length * ADVANCE).toFixed(1)}"${marks}>${escaped(text)}</text>`;
      });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title).replaceAll('"', "&quot;")}">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#1e222a"/>
<style>text { white-space: pre }</style>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}" fill="#d7dae0" xml:space="preserve">
${lines.join("\n")}
</g>
</svg>
`;
}
