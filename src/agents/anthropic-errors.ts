/**
 * What an error of the Messages API means for a campaign. An error within a stream has no HTTP status and its wording
 * may change: what decides is its type and its code, and the status only where there is no type.
 */
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { AgentRequest, CallFailure } from "./provider.ts";

export type Classified = Omit<CallFailure, "usage" | "partial">;

/** What is read of an error, whichever class it has. */
interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly status?: unknown;
  readonly type?: unknown;
  readonly errorCode?: unknown;
  readonly apiMessage?: unknown;
  readonly headers?: unknown;
}

/** Codes of a spend limit, whatever status they come with: waiting does not help, and a retry is useless. */
const SPENT: readonly unknown[] = ["enforced_spend_limit_reached", "contract_spend_limit_reached"];

/** Types by status, for errors that come without one: a proxy's page, an empty body. */
const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** Types that say what they mean whatever the status. */
const KNOWN: ReadonlySet<string> = new Set([...Object.values(TYPES), "api_error"]);

const TRANSIENT = [
  "rate_limit_error",
  "overloaded_error",
  "api_error",
  "timeout_error",
  "conflict_error",
  "connection",
  "timeout",
  "broken_stream",
];

/**
 * @param error what the SDK threw.
 * @param now milliseconds since the epoch, for a `retry-after` that is a date.
 */
export function classify(error: unknown, address: Address, now: number): Classified {
  const like = (typeof error === "object" && error !== null ? error : {}) as ErrorLike;
  const type = typeOf(like);
  const said = typeof like.apiMessage === "string" ? like.apiMessage : String(like.message ?? error);
  const at = (what: string, mend: string, exit: number): Fault => ({ what, where: address, mend, exit });

  if (isSpent(like, type, said)) {
    return {
      kind: "pause",
      error: "billing_error",
      fault: at(
        `the Anthropic account may not spend more: ${said}`,
        "raise its limit or add credit in the Anthropic console, then build again: it goes on where it stopped",
        5,
      ),
    };
  }
  if (type === "authentication_error") {
    return {
      kind: "pause",
      error: type,
      fault: at(
        `the Anthropic API refuses the key: ${said}`,
        "set ANTHROPIC_API_KEY to a valid key, then build again",
        2,
      ),
    };
  }
  if (TRANSIENT.includes(type)) {
    const retryAfterMs = retryAfter(like.headers, now);
    return {
      kind: "transient",
      error: type,
      fault: at(`the Anthropic API did not answer (${type}): ${said}`, "build again to go on", 1),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  const mend =
    type === "not_found_error" || type === "permission_error"
      ? "correct the model's name in codex.config.ts, or use a key that may use it"
      : type === "request_too_large"
        ? "give the pass smaller inputs"
        : "this is a mistake in the request: report it with this message";
  const exit = type === "not_found_error" || type === "permission_error" ? 2 : 1;
  return {
    kind: "fault",
    error: type,
    fault: at(`the Anthropic API refuses the request (${type}): ${said}`, mend, exit),
  };
}

function typeOf({ name, status, type }: ErrorLike): string {
  // A type of a gateway's own says less than the status that it comes with.
  if (typeof type === "string" && KNOWN.has(type)) return type;
  if (typeof status === "number") return TYPES[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
  if (typeof type === "string" && type !== "") return "api_error";
  if (name === "APIConnectionTimeoutError") return "timeout";
  if (name === "APIConnectionError") return "connection";
  return "broken_stream";
}

function isSpent({ status, errorCode }: ErrorLike, type: string, said: string): boolean {
  if (status === 402 || type === "billing_error" || SPENT.includes(errorCode)) return true;
  // The one case that has neither a type nor a code of its own.
  return type === "invalid_request_error" && /credit balance|spend(ing)? limit|usage limit/i.test(said);
}

/** A message that ended for a reason that is not known here: it is paid, and would end so again. */
export const unknownStop = (reason: string | null, { address }: Pick<AgentRequest, "address">): Fault => ({
  what: `the message ended for a reason that Codex does not know: ${reason ?? "none"}`,
  where: address,
  mend: "use a newer version of Codex",
  exit: 1,
});

/** Milliseconds from now until the server may be asked again, as its headers say; undefined where they do not. */
export function retryAfter(headers: unknown, now: number): number | undefined {
  const get = (name: string): string | null => (headers instanceof Headers ? headers.get(name) : null);
  const exact = get("retry-after-ms");
  const text = exact ?? get("retry-after");
  if (text === null || text.trim() === "") return undefined;
  const number = Number(text);
  const ms = Number.isFinite(number) ? number * (exact === null ? 1000 : 1) : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined;
}
