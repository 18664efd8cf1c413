/**
 * Secrets are taken out where they could come in: of everything that a provider or a program answers, before journals,
 * logs, traces or recordings see it. Known are the values of the environment's secret variables, and what looks like a key.
 */

/** Variables whose values are secrets, by their names. */
const SECRET_NAME = /(?:^|_)(?:API_?KEY|AUTH|KEY|PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?)$/i;

/** Shorter values are words that occur in any text. */
const SHORTEST = 8;

/** What stands in a secret's place. */
export const REDACTED = "[redacted]";

/** Keys of the services that agents use, and what headers carry them in. */
const LOOKS_LIKE_A_KEY =
  /\bsk-(?=[\w-]*\d)[\w-]{16,}|\bBearer\s+(?=\S*\d)[A-Za-z0-9+/_.=-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}/g;

export type Redact = <T>(value: T) => T;

/**
 * A function that takes secrets out of texts, and out of the texts within plain data; what holds none is given back as it is.
 * @param env where the secrets are: `Host.env`.
 */
export function redactor(env: Readonly<Record<string, string | undefined>>): Redact {
  const secrets = Object.entries(env)
    .flatMap(([name, value]) =>
      SECRET_NAME.test(name) && value !== undefined && value.length >= SHORTEST ? [value] : [],
    )
    // A secret that holds another one goes first.
    .sort((a, b) => b.length - a.length);

  const ofText = (text: string): string =>
    secrets.reduce((left, secret) => left.replaceAll(secret, REDACTED), text).replace(LOOKS_LIKE_A_KEY, REDACTED);

  const of = (value: unknown): unknown => {
    if (typeof value === "string") return ofText(value);
    if (Array.isArray(value)) {
      const items = value.map(of);
      return items.some((item, index) => item !== value[index]) ? items : value;
    }
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).map(([name, each]) => [ofText(name), of(each), name, each] as const);
      const same = entries.every(([name, each, oldName, old]) => name === oldName && each === old);
      return same ? value : Object.fromEntries(entries.map(([name, each]) => [name, each]));
    }
    return value;
  };
  return of as Redact;
}
