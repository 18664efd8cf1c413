/**
 * All that lies between the turn loop and the wire where answers cost money, put together: the journal, the prices, the
 * budget. Retries lie between its two parts, so that each attempt on the wire is paid by itself:
 *
 *   session → outer → (retrying) → inner: journaled → metered → wire
 */
import { CallJournal } from "../cache/calls.ts";
import type { Emit, Event } from "../events.ts";
import type { Fault } from "../fault.ts";
import type { Host } from "../host.ts";
import type { Micros } from "../money.ts";
import { type Redact, redactor } from "../redact.ts";
import { err } from "../result.ts";
import { Budget, type Ceiling } from "./budget.ts";
import { callKey, journaled, noteService } from "./journaled.ts";
import { metered } from "./metered.ts";
import { type PriceList, Prices } from "./prices.ts";
import type { AgentRequest, Provider } from "./provider.ts";

export interface PayingOptions {
  /** The model that is asked where a request names none. */
  readonly model: string;
  /** Prices besides, or instead of, those that Codex knows. */
  readonly prices?: PriceList;
  /** By scope; see `Budget`. */
  readonly ceilings: () => ReadonlyMap<string, Ceiling>;
  readonly scopesOf: (address: string) => readonly string[];
  readonly spentBefore: () => ReadonlyMap<string, Micros>;
  /** Set aside is the most that a call can cost, times this. */
  readonly margin: number;
  readonly alertAt: number;
  /** What tells one run of a target from the one before: see `Asking`. */
  readonly generation: (address: string) => string;
}

/** How long calls may take to end that nobody waits for any longer. */
const PATIENCE_MS = 10_000;

export class Paying {
  readonly budget: Budget;
  readonly prices: Prices;
  readonly journal: CallJournal;
  readonly #host: Host;
  readonly #emit: Emit;
  readonly #options: PayingOptions;
  readonly #scrub: Redact;
  readonly #underWay = new Set<Promise<unknown>>();
  /** A call may be missing in a ledger, because the disk refused it. */
  #untold = false;

  constructor(host: Host, emit: Emit, options: PayingOptions) {
    this.#host = host;
    this.#emit = emit;
    this.#options = options;
    this.#scrub = redactor(host.env);
    this.prices = new Prices(options.prices);
    this.budget = new Budget({ ...options, now: () => host.now(), emit });
    this.journal = new CallJournal(host, (text) => emit({ type: "notice", at: host.now(), text }));
  }

  /** The wire, paid for and journaled: one attempt a call. */
  inner(wire: Provider): Provider {
    const { model, generation, margin } = this.#options;
    const keyOf = (request: AgentRequest) => callKey(request, { provider: wire.name, model, generation });
    const shared = { journal: this.journal, keyOf, now: () => this.#host.now(), emit: this.#emit };
    const { prices, budget } = this;
    return journaled(metered(wire, { ...shared, prices, budget, model, margin, scrub: this.#scrub }), shared);
  }

  /** What agents talk to: where it says that no call can succeed any more, none is begun. */
  outer(provider: Provider): Provider {
    return {
      ...provider,
      send: (request, signal) => {
        const sent = provider.send(request, signal).then((answer) => {
          // A budget has its own scopes; anything else that pauses is everybody's.
          if (answer.ok || answer.error.kind !== "pause" || answer.error.error === "budget") return answer;
          // Many may find out at once: they all give the reason that was first, which is the one that is told.
          return err({ ...answer.error, fault: this.budget.stop(answer.error.fault) });
        });
        sent.catch(() => {
          this.#untold = true;
        });
        const ended = sent.finally(() => this.#underWay.delete(ended));
        this.#underWay.add(ended);
        return ended;
      },
    };
  }

  /** Takes in what happens in a build: which answers have done their service. */
  heard(event: Event): void {
    noteService(this.journal, event);
  }

  /** Why no agent is to be started for a target. */
  held(address: string): Fault | undefined {
    return this.budget.held(address);
  }

  /**
   * Waits for calls that nobody waits for any longer (a build that was stopped), and ends the journal's segment. Where a
   * ledger may lack a call, or one does not end in time, the segment stays open, as after a crash: the next command
   * that writes takes it in.
   */
  async end(): Promise<void> {
    if ((await this.#allEnded()) && !this.#untold) this.journal.seal();
  }

  #allEnded(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#host.after(PATIENCE_MS, () => resolve(false));
      void Promise.allSettled(this.#underWay).then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}
