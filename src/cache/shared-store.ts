/**
 * A store behind HTTP, in the layout of Bazel's remote cache: `/ac/<key>` and `/cas/<sha256>`. What it answers is
 * somebody else's word: its length is limited while it comes in, and whatever goes wrong on the way is a value. Nothing
 * that it is told or answers names the token.
 */
import type { Host } from "../host.ts";
import { REDACTED } from "../redact.ts";
import { err, ok, type Result } from "../result.ts";

export type StoreTrouble =
  /** No answer, none in time, or one that says that the store itself is in trouble. */
  | { readonly kind: "unreachable"; readonly why: string }
  /** It understood, and does not want to: asking again would get the same answer. */
  | { readonly kind: "refused"; readonly why: string }
  /** It answered something that cannot be what was asked for. */
  | { readonly kind: "wrong"; readonly why: string }
  /** The one who asked has given up. */
  | { readonly kind: "stopped" };

export interface SharedStoreOptions {
  /** Where the store is: `http` or `https`, without credentials, query or fragment. */
  readonly url: string;
  /** Milliseconds that one request may take, its body included. */
  readonly limitMs: number;
  /** What to say in an `Authorization: Bearer` header; asked before each request. Undefined sends none. */
  readonly token: () => string | undefined;
}

/** Where a thing is kept: `ac/<key>` or `cas/<digest>`, each of 64 digits. */
export type StorePlace = `ac/${string}` | `cas/${string}`;

const PLACE = /^(?:ac|cas)\/[0-9a-f]{64}$/;
/** What a header can hold. */
const VISIBLE = /^[\x21-\x7e]+$/;

export class SharedStore {
  /** As it is told to people. */
  readonly name: string;
  private readonly after: Host["after"];
  private readonly options: SharedStoreOptions;
  private readonly fetch: typeof fetch;

  constructor(host: Pick<Host, "after">, options: SharedStoreOptions, ask: typeof fetch = globalThis.fetch) {
    this.after = host.after;
    this.options = options;
    this.fetch = ask;
    this.name = options.url.replace(/\/+$/, "");
  }

  /**
   * What is kept at a place; undefined where nothing is.
   * @param most bytes: a longer answer is wrong, and not read to its end.
   */
  get(place: StorePlace, most: number, stop: AbortSignal): Promise<Result<Uint8Array | undefined, StoreTrouble>> {
    return this.ask(place, { method: "GET" }, stop, async (response) => {
      if (response.status === 404) return ok(undefined);
      const trouble = troubleOf(response);
      if (trouble !== undefined) return err(trouble);
      const bytes = await bytesOf(response, most);
      return bytes === undefined ? err({ kind: "wrong", why: `its answer is longer than ${most} bytes` }) : ok(bytes);
    });
  }

  /** Keeps bytes at a place. */
  put(place: StorePlace, bytes: Uint8Array, stop: AbortSignal): Promise<Result<undefined, StoreTrouble>> {
    const init = { method: "PUT", body: bytes, headers: { "content-type": "application/octet-stream" } };
    return this.ask(place, init, stop, async (response) => {
      const trouble = troubleOf(response);
      return trouble === undefined ? ok(undefined) : err(trouble);
    });
  }

  private async ask<T>(
    place: StorePlace,
    init: { readonly method: string; readonly body?: Uint8Array; readonly headers?: Readonly<Record<string, string>> },
    stop: AbortSignal,
    take: (response: Response) => Promise<Result<T, StoreTrouble>>,
  ): Promise<Result<T, StoreTrouble>> {
    // What was read in somebody's record must not become another address.
    if (!PLACE.test(place)) return err({ kind: "wrong", why: "what it names is no digest" });
    const { limitMs } = this.options;
    const token = this.options.token()?.trim();
    if (token !== undefined && !VISIBLE.test(token)) return err({ kind: "refused", why: "its token is not a token" });
    const end = new AbortController();
    const late = `no answer within ${limitMs / 1000} s`;
    const cancel = this.after(limitMs, () => end.abort(new Error(late)));
    try {
      const response = await this.fetch(`${this.name}/${place}`, {
        method: init.method,
        ...(init.body === undefined ? {} : { body: init.body as Uint8Array<ArrayBuffer> }),
        headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        // It would be followed to wherever it leads, with whatever lies there.
        redirect: "error",
        signal: AbortSignal.any([end.signal, stop]),
      });
      return await take(response);
    } catch (error) {
      if (stop.aborted) return err({ kind: "stopped" });
      const why = end.signal.aborted ? late : reasonOf(error);
      return err({ kind: "unreachable", why: token === undefined ? why : why.replaceAll(token, REDACTED) });
    } finally {
      cancel();
      // Lets go of what was not read.
      end.abort();
    }
  }
}

/** What an answer's status says against it. */
function troubleOf({ ok: isFine, status }: Response): StoreTrouble | undefined {
  if (isFine) return undefined;
  const why = `it answers ${status}`;
  // Its disk is full: that is not over in a moment.
  if (status === 507) return { kind: "refused", why };
  return status >= 500 || status === 408 || status === 429 ? { kind: "unreachable", why } : { kind: "refused", why };
}

/** The body; undefined where it is longer than it may be. */
async function bytesOf({ body }: Response, most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `fetch` hides what happened in the cause of what it throws. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code, message } = (cause ?? error) as { code?: unknown; message?: unknown };
  return typeof code === "string" ? code : String(message);
}
