/** The package's version, put in by the build. */
declare const CODEX_VERSION: string;
