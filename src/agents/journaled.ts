/**
 * Pay once: a question that was answered before, and whose answer has not done its service yet, is answered from the
 * call journal. So an agent of twelve turns that died in turn nine asks only from turn nine on.
 *
 * A question is what is sent (model, messages, tools, limits) together with its salt, which never is: whose question it
 * is (address, attempt, turn) and which trace the target had when it was asked. The salt makes a new attempt, another
 * target, and a target that has been made since ask for themselves, without a change of the request. That a question of
 * the same run is asked again although its answer was no good, the journal prevents by what it calls used up.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import type { CallJournal } from "../cache/calls.ts";
import type { Emit, Event } from "../events.ts";
import { ok } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { AgentReply, AgentRequest, Provider } from "./provider.ts";

/** What the key of a question is made of, besides the request itself. */
export interface Asking {
  /** The provider's name. */
  readonly provider: string;
  /** The model that is asked where a request names none. */
  readonly model: string;
  /** What the target's trace says of its last run, or "" where it has none: with a new trace every question is new. */
  readonly generation: (address: string) => string;
}

/** The digest of a question: equal for equal questions, whatever the order of their keys. */
export function callKey(request: AgentRequest, asking: Asking): Digest {
  const { address, attempt, turn, call: _, model, ...sent } = request;
  return digestOf(
    canonical({
      provider: asking.provider,
      sent: { ...sent, model: model ?? asking.model },
      salt: [address, attempt, turn, asking.generation(address)],
    }),
  );
}

/** JSON with the members of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

export interface Journaling {
  readonly journal: CallJournal;
  readonly keyOf: (request: AgentRequest) => Digest;
  readonly now: () => number;
  readonly emit: Emit;
}

/** Answers from the journal where it can, and asks `inner` for the rest. */
export function journaled(inner: Provider, { journal, keyOf, now, emit }: Journaling): Provider {
  return {
    ...inner,
    async send(request, signal) {
      const known = journal.find(keyOf(request));
      if (known === undefined) return inner.send(request, signal);
      // Only what metered.ts wrote as answered is found, and its line has a checksum: it is a reply.
      const reply = known.payload as AgentReply;
      emit({
        type: "callSettled",
        at: now(),
        target: request.address,
        attempt: request.attempt,
        turn: request.turn,
        call: known.call,
        model: reply.model,
        usage: NO_USAGE,
        seconds: 0,
        outcome: "journal",
      });
      return ok({ ...reply, usage: NO_USAGE });
    },
  };
}

/**
 * Lets go of answers that have done their service: their target is committed, or its ladder has ended and a person has
 * the next turn. After a fault, a pause or an interruption they are kept: the next run goes on from them.
 */
export function noteService(journal: CallJournal, event: Event): void {
  if (event.type === "targetFinished" || (event.type === "attemptFailed" && event.givenUp))
    journal.usedUp(event.target);
}
