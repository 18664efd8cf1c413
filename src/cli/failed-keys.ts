/**
 * What failed while `codex watch` runs, by key: a save that changes nothing of what a failed target reads does not buy the
 * same failure again.
 */
import type { Digest } from "../artifact/digest.ts";
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";

interface Failure {
  readonly key: Digest;
  readonly fault: Fault;
}

export class FailedKeys {
  private readonly failures = new Map<Address, Failure>();

  get size(): number {
    return this.failures.size;
  }

  /** @param key the one that the failed run had. */
  failed(id: Address, key: Digest, fault: Fault): void {
    this.failures.set(id, { key, fault });
  }

  finished(id: Address): void {
    this.failures.delete(id);
  }

  /**
   * The failures that would only be repeated; the others are forgotten.
   * @param keyOf the key that a run would have now; undefined where the target is no more.
   */
  standing(keyOf: (id: Address) => Digest | undefined): ReadonlyMap<Address, Fault> {
    for (const [id, { key }] of this.failures) if (keyOf(id) !== key) this.failures.delete(id);
    return new Map([...this.failures].map(([id, { fault }]) => [id, fault]));
  }
}
