/** The shared cache that the configuration names: see docs/decisions/0022-shared-cache.md. Loaded only where there is one. */
import { SharedCache } from "../cache/shared-cache.ts";
import { SharedStore } from "../cache/shared-store.ts";
import type { Store } from "../cache/store.ts";
import type { Host } from "../host.ts";
import type { Config } from "../rules/config.ts";
import { isSet } from "./terminal.ts";

type CacheConfig = NonNullable<Config["cache"]>;

/** The store itself. The token is looked up with each request: a build that asks for nothing does not depend on it. */
export const sharedStore = (host: Pick<Host, "after" | "env">, { url, timeout, token }: CacheConfig): SharedStore =>
  new SharedStore(host, {
    url,
    limitMs: timeout * 1000,
    token: () => (token === undefined ? undefined : host.env[token] || undefined),
  });

/** @param tell told of trouble with it. */
export const sharedCache = (
  host: Pick<Host, "after" | "env">,
  config: CacheConfig,
  own: Store,
  tell: (text: string) => void,
): SharedCache =>
  new SharedCache(host, sharedStore(host, config), own, {
    push: () => isPushing(host, config),
    mend: mendOf(host, config),
    tell,
  });

/** Whether what is built here is kept there: where nothing is said, in CI, which builds what was committed. */
export const isPushing = ({ env }: Pick<Host, "env">, { push }: CacheConfig): boolean => push ?? isSet(env.CI);

/** What to look at where it refuses. */
export function mendOf({ env }: Pick<Host, "env">, { token }: CacheConfig): string {
  if (token === undefined) return "If it wants a token, name the environment variable that holds one: cache.token.";
  return env[token] ? `Look at the token in ${token}.` : `${token} is not set.`;
}
