/** The shapes of the ids that drafts may introduce or name. Readers of existing files are more tolerant than this. */

/** `03.09.11`, or `00.01.E1` for an exercise pack. */
export const UNIT_ID = /^\d{2}\.\d{2}\.(?:\d{2,3}|E\d{1,2})$/;

/** `spin-geometry.clifford-chessboard`: at least a namespace and a slug. */
export const CONCEPT_ID = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)+$/;

/** A concept that a draft adds: as above, in lower case. */
export const NEW_CONCEPT_ID = /^[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+$/;

/** A registered connection, `conn:NNN.slug`. */
export const CONNECTION_ID = /^conn:(\d{3,})\.([A-Za-z0-9][A-Za-z0-9_-]*)$/;

/** A connection that a draft proposes; integration gives it its number. */
export const NEW_CONNECTION_ID = /^conn:NEW\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)$/;

/** A unit's file: Markdown in some folder of `content/`, by steps that no file system reads in two ways. */
export const UNIT_PATH = /^content(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+\.md$/;
