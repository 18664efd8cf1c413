/**
 * What people have put off: whole books, and units of a book. `manifests/deferrals.json` is written by `codex defer` and read
 * where books and units are expanded, so that what is deferred has no targets, and the reason stays in git.
 */
import * as z from "zod";
import { FaultError, usageFault } from "../fault.ts";

export const DEFERRALS_PATH = "manifests/deferrals.json";

const deferralSchema = z.strictObject({
  why: z.string(),
  by: z.string(),
  /** UTC, ISO 8601. */
  at: z.string(),
});
export type Deferral = z.infer<typeof deferralSchema>;

const bookSchema = z.strictObject({
  /** Set where the whole book is put off. */
  book: deferralSchema.optional(),
  /** By unit id. */
  units: z.record(z.string(), deferralSchema).default({}),
});
/** What of one book is put off. */
export type BookDeferrals = Readonly<z.infer<typeof bookSchema>>;

const fileSchema = z.strictObject({ version: z.literal(1), books: z.record(z.string(), bookSchema) });
export type Deferrals = Readonly<z.infer<typeof fileSchema>>["books"];

const NONE: BookDeferrals = { units: {} };

/** Reads the entry of one book, as the fragment `#/books/<slug>` has it; "" where there is none. */
export function parseBookDeferrals(text: string): BookDeferrals {
  if (text === "") return NONE;
  const read = bookSchema.safeParse(jsonOf(text));
  return read.success ? read.data : refuse(read.error);
}

/** Reads the whole file; "" where there is none. */
export function parseDeferrals(text: string): Deferrals {
  if (text === "") return {};
  const read = fileSchema.safeParse(jsonOf(text));
  return read.success ? read.data.books : refuse(read.error);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what is wrong with it.
    return undefined;
  }
}

function refuse(error: z.ZodError): never {
  const [issue] = error.issues;
  throw new FaultError(
    usageFault(
      `the deferrals cannot be read: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
      DEFERRALS_PATH,
      "correct the file, or restore it with `git checkout`",
    ),
  );
}

/** @param unit its id; undefined for the whole book. @param deferral undefined takes it up again. */
export function withDeferral(
  deferrals: Deferrals,
  slug: string,
  unit: string | undefined,
  deferral: Deferral | undefined,
): Deferrals {
  const { [slug]: before = NONE, ...others } = deferrals;
  const { book, units } = before;
  const { [unit ?? ""]: _, ...otherUnits } = units;
  const whole = unit === undefined ? deferral : book;
  const after = {
    ...(whole === undefined ? {} : { book: whole }),
    units: unit === undefined ? units : deferral === undefined ? otherUnits : { ...otherUnits, [unit]: deferral },
  };
  return after.book === undefined && Object.keys(after.units).length === 0 ? others : { ...others, [slug]: after };
}

/** The file's text: sorted, so that branches that defer different things merge. */
export function renderDeferrals(deferrals: Deferrals): string {
  const sorted = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const books = Object.fromEntries(
    sorted(deferrals).map(([slug, entry]) => [slug, { ...entry, units: Object.fromEntries(sorted(entry.units)) }]),
  );
  return `${JSON.stringify({ version: 1, books }, null, 2)}\n`;
}
