/** Text for a terminal: tables and paragraphs that fit it, without control sequences from others. */

/** Where the text is written. */
export interface Screen {
  /** null if it isn't a terminal: a file or a pipe gets everything in full. */
  columns: number | null;
  color: boolean;
}

type Style = 'bold' | 'dim' | 'yellow';

export interface Cell {
  text: string;
  style?: Style | undefined;
}

export interface Column {
  title: string;
  /** Whether its cells may be cut if the screen is too narrow. */
  shrinks: boolean;
}

const SGR: Readonly<Record<Style, number>> = { bold: 1, dim: 2, yellow: 33 };
const GAP = '  ';
/** Narrower cells would be unrecognizable. */
const NARROWEST = 7;
/** A colon and five digits: people look for the port of an address that is cut. */
const KEPT_END = 6;
const CUT = '…';

/** The screen of an output stream. NO_COLOR: https://no-color.org, set and not empty. */
export function screenOf({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): Screen {
  if (isTTY !== true) return { columns: null, color: false };
  const { NO_COLOR: noColor = '', TERM: term } = process.env;
  // A terminal that doesn't report its size has 0 columns.
  return { columns: columns > 0 ? columns : null, color: noColor === '' && term !== 'dumb' };
}

/** The lines of a table with its titles. Cells are cut only if the screen's width is known. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): string[] {
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }));
  const lines = [titles, ...rows];
  const widths = fitted(widthsOf(lines.map((cells) => cells.map(({ text }) => text))), columns, screen);
  return lines.map((cells) =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0, screen))
      .join(GAP)
      .trimEnd(),
  );
}

/** Plain cells in columns. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows);
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** For paragraphs if the screen's width is unknown, and the widest that is easy to read. */
const USUAL_COLUMNS = 80;

/** The lines of a paragraph; those after the first are indented by `hanging`. */
export function paragraph(text: string, { columns }: Screen, hanging = ''): string[] {
  const [first = '', ...rest] = wrap(
    text,
    Math.min(columns ?? USUAL_COLUMNS, USUAL_COLUMNS) - hanging.length,
  );
  return [first, ...rest.map((line) => hanging + line)];
}

/** One line for programs; for people, broken between words at the width of the terminal. */
export function fold(line: string, { columns }: Screen): string {
  return columns === null ? line : `${wrap(line.trimEnd(), columns).join('\n')}\n`;
}

export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1] ?? '';
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/**
 * Untrusted text may contain sequences that a terminal obeys (C0, DEL, C1: shown as \\xNN), or invisible characters that
 * reverse or split the line (shown as \\u{NNNN}).
 */
export function visible(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (char) => `\\x${hex(char).padStart(2, '0')}`)
    .replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => `\\u{${hex(char)}}`);
}

/** JSON that is safe for a terminal: escapes such characters where JSON.stringify does not. */
export function jsonText(data: unknown): string {
  return JSON.stringify(data, null, 2).replace(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu, (char) =>
    // Astral characters are two units; \\u takes one.
    char.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16);
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) =>
    // Not Math.max(...): a machine may have more sockets than a call can have arguments.
    rows.reduce((widest, cells) => Math.max(widest, lengthOf(cells[column] ?? '')), 0),
  );
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** Repeatedly narrows the widest column that may shrink. */
function fitted(widths: readonly number[], columns: readonly Column[], screen: Screen): number[] {
  const fitting = [...widths];
  if (screen.columns === null) return fitting;
  const gaps = GAP.length * (widths.length - 1);
  let excess = fitting.reduce((sum, width) => sum + width, gaps) - screen.columns;
  for (; excess > 0; excess--) {
    const widest = Math.max(...fitting.filter((_, at) => columns[at]?.shrinks));
    if (widest <= NARROWEST) break;
    fitting[fitting.findIndex((width, at) => columns[at]?.shrinks && width === widest)] = widest - 1;
  }
  return fitting;
}

/** The padding stays outside the color codes, so that trimEnd finds it. */
function pad({ text, style }: Cell, width: number, { color }: Screen): string {
  const shown = clip(text, width);
  const painted = style !== undefined && color ? `\u001b[${SGR[style]}m${shown}\u001b[0m` : shown;
  return painted + ' '.repeat(width - lengthOf(shown));
}

function clip(text: string, width: number): string {
  const chars = [...text];
  if (chars.length <= width) return text;
  const end = Math.min(KEPT_END, width - CUT.length);
  return [...chars.slice(0, width - end - CUT.length), CUT, ...chars.slice(chars.length - end)].join('');
}
