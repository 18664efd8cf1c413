/**
 * Ceilings on money, kept before it is spent: the most that a call can cost is set aside before the call leaves, and
 * what it did cost is taken instead when it has ended. What is spent and what is set aside never pass a ceiling
 * together, however many calls are made at once.
 *
 *                 fits                       ends
 *   reserve ──────────────▶ set aside ──────────────▶ spent
 *      │  would fit when others end: waits ▲
 *      │  would not fit even then
 *      └─────────▶ refused: the scope's ceiling is reached, and nothing new is started there
 *
 * A scope is a name of what a ceiling is about (`run`, `campaign`, a tier, a book): which ones an address is in is told
 * from outside, broadest first.
 */
import type { Emit } from "../events.ts";
import type { Fault } from "../fault.ts";
import { addMicros, type Micros, usdOf } from "../money.ts";
import { err, ok, type Result } from "../result.ts";

export interface Ceiling {
  readonly amount: Micros;
  /** `pause`: nothing new is started anywhere until a person has looked; `defer`: nothing new in this scope. */
  readonly atCeiling: "pause" | "defer";
  /** How to raise it. */
  readonly mend: string;
}

export interface BudgetOptions {
  /** Ceilings by scope; a scope without one is not limited. Asked when the first call is made, and only then. */
  readonly ceilings: () => ReadonlyMap<string, Ceiling>;
  readonly scopesOf: (address: string) => readonly string[];
  /** What was spent before this run, by scope; asked at the same time. */
  readonly spentBefore: () => ReadonlyMap<string, Micros>;
  /** The share of a ceiling at which it is told, e.g. 0.8. */
  readonly alertAt: number;
  readonly now: () => number;
  readonly emit: Emit;
}

/** Money set aside for one call. */
export interface Reservation {
  /** Ends the call: takes what it cost instead. Only the first time counts. */
  settle(spent: Micros): void;
}

/** What is spent below a ceiling. */
export interface Tightest {
  readonly scope: string;
  readonly spent: Micros;
  readonly amount: Micros;
}

interface Account {
  readonly scope: string;
  readonly ceiling: Ceiling;
  spent: number;
  reserved: number;
  alerted: boolean;
  reached: Fault | undefined;
}

interface Waiter {
  /** Tries again; whether it need not wait any longer. */
  readonly retry: () => boolean;
}

/** The exit code of what a budget has stopped. */
export const STOPPED_BY_BUDGET = 5;

export class Budget {
  readonly #options: BudgetOptions;
  readonly #accounts = new Map<string, Account>();
  readonly #waiting = new Set<Waiter>();
  #opened = false;
  #stopped: Fault | undefined;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /**
   * Sets money aside for a call. Whether it fits is decided before this function first gives way to others; where it would fit once
   * other calls have ended, it waits for them.
   * @returns a fault where a ceiling forbids it, or where all has been stopped; a fault with exit code 130 when aborted.
   */
  async reserve(address: string, amount: Micros, signal: AbortSignal): Promise<Result<Reservation, Fault>> {
    const accounts = this.#accountsOf(address);
    const first = this.#attempt(accounts, address, amount, signal);
    if (first !== undefined) return first;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        retry: () => {
          const result = this.#attempt(accounts, address, amount, signal);
          if (result === undefined) return false;
          this.#waiting.delete(waiter);
          signal.removeEventListener("abort", waiter.retry);
          resolve(result);
          return true;
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener("abort", waiter.retry);
    });
  }

  /** Why nothing new is to be started for an address; undefined where nothing speaks against it. */
  held(address: string): Fault | undefined {
    if (this.#stopped !== undefined) return this.#stopped;
    for (const { reached, ceiling } of this.#accounts.values()) {
      if (reached !== undefined && ceiling.atCeiling === "pause") return reached;
    }
    for (const scope of this.#options.scopesOf(address)) {
      const reached = this.#accounts.get(scope)?.reached;
      if (reached !== undefined) return reached;
    }
    return undefined;
  }

  /**
   * Ends all spending of this run: the provider's own limit, or a disk that takes no more records.
   * @returns the reason that was given first, which stands.
   */
  stop(fault: Fault): Fault {
    if (this.#stopped !== undefined) return this.#stopped;
    this.#stopped = fault;
    this.#options.emit({ type: "paused", at: this.#options.now(), fault });
    this.#wake();
    return fault;
  }

  /** What has been spent and set aside in a scope that has a ceiling. */
  standing(scope: string): { readonly spent: Micros; readonly reserved: Micros } | undefined {
    this.#open();
    const account = this.#accounts.get(scope);
    return account && { spent: account.spent as Micros, reserved: account.reserved as Micros };
  }

  /**
   * The ceiling that leaves the least to addresses, of all those that they are in; undefined where they have none, or
   * before the first call. The broader one where two leave the same.
   */
  tightest(addresses: readonly string[]): Tightest | undefined {
    let found: Account | undefined;
    const left = ({ ceiling, spent, reserved }: Account): number => ceiling.amount - spent - reserved;
    for (const scope of new Set(addresses.flatMap((address) => this.#options.scopesOf(address)))) {
      const account = this.#accounts.get(scope);
      if (account !== undefined && (found === undefined || left(account) < left(found))) found = account;
    }
    return found && { scope: found.scope, spent: found.spent as Micros, amount: found.ceiling.amount };
  }

  /** The decision at this moment; undefined where it must wait. */
  #attempt(
    accounts: readonly Account[],
    address: string,
    amount: Micros,
    signal: AbortSignal,
  ): Result<Reservation, Fault> | undefined {
    if (signal.aborted) return err({ what: "stopped", where: address, mend: "build again to go on", exit: 130 });
    if (this.#stopped !== undefined) return err(this.#stopped);
    const full = accounts.find((account) => account.spent + amount > account.ceiling.amount);
    if (full !== undefined) return err(this.#refuse(full, amount));
    if (accounts.some((account) => account.spent + account.reserved + amount > account.ceiling.amount))
      return undefined;
    for (const account of accounts) account.reserved += amount;
    let settled = false;
    return ok({
      settle: (spent) => {
        if (settled) return;
        settled = true;
        for (const account of accounts) {
          account.reserved -= amount;
          account.spent = addMicros(account.spent as Micros, spent);
          this.#alert(account);
        }
        this.#wake();
      },
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiting]) waiter.retry();
  }

  #refuse(account: Account, amount: Micros): Fault {
    const { scope, ceiling, spent } = account;
    const usd = (micros: number): string => `$${usdOf(micros as Micros).toFixed(2)}`;
    const fault: Fault = {
      what: `the budget of ${scope} does not allow another call: ${usd(spent)} of ${usd(ceiling.amount)} is spent, and the next call may cost up to ${usd(amount)}`,
      where: scope,
      mend: `${ceiling.mend}, and build again: it goes on where it stopped`,
      exit: STOPPED_BY_BUDGET,
    };
    if (account.reached === undefined) {
      account.reached = fault;
      this.#tell(account, true);
      if (ceiling.atCeiling === "pause") this.#options.emit({ type: "paused", at: this.#options.now(), fault });
    }
    return fault;
  }

  #alert(account: Account): void {
    if (account.alerted || account.spent < account.ceiling.amount * this.#options.alertAt) return;
    account.alerted = true;
    this.#tell(account, false);
  }

  #tell({ scope, spent, ceiling }: Account, reached: boolean): void {
    this.#options.emit({
      type: "budgetAlert",
      at: this.#options.now(),
      scope,
      spentUsd: usdOf(spent as Micros),
      ceilingUsd: usdOf(ceiling.amount),
      reached,
    });
  }

  #accountsOf(address: string): Account[] {
    this.#open();
    return this.#options.scopesOf(address).flatMap((scope) => this.#accounts.get(scope) ?? []);
  }

  /** Opens the accounts with what was spent before. */
  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    const before = this.#options.spentBefore();
    for (const [scope, ceiling] of this.#options.ceilings()) {
      const account = {
        scope,
        ceiling,
        spent: before.get(scope) ?? 0,
        reserved: 0,
        alerted: false,
        reached: undefined,
      };
      this.#accounts.set(scope, account);
      this.#alert(account);
    }
  }
}
