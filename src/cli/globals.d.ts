/** The package's version, put in by the build. */
declare const CODEX_VERSION: string;
/** A digest of all that went into the build, put in by it. */
declare const CODEX_BUILD: string;
