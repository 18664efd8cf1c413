/**
 * The one place where a call is paid. In this order, so that a crash between any two steps neither loses an answer nor
 * hides a cost:
 *
 *   price known? → money set aside → written down as dispatched → the request leaves → priced
 *     → written down as settled, with the whole response → money taken → told to ledgers and screens
 *
 * One call is one attempt on the wire: what tries again, tries again through here.
 */
import type { Digest } from "../artifact/digest.ts";
import type { Call, CallOutcome } from "../cache/call-record.ts";
import type { CallJournal } from "../cache/calls.ts";
import type { Emit } from "../events.ts";
import type { Fault } from "../fault.ts";
import { type Micros, microsOf, usdOf } from "../money.ts";
import { err, type Result } from "../result.ts";
import { NO_USAGE, promptTokens, type Usage } from "../usage.ts";
import type { Budget } from "./budget.ts";
import type { Bound, ModelPrice, Prices } from "./prices.ts";
import type { AgentReply, AgentRequest, CallFailure, Provider, StopReason } from "./provider.ts";

export interface Metering {
  readonly now: () => number;
  readonly emit: Emit;
  readonly prices: Prices;
  readonly budget: Budget;
  readonly journal: CallJournal;
  readonly keyOf: (request: AgentRequest) => Digest;
  /** The model that is asked where a request names none. */
  readonly model: string;
  /** What is set aside is the most that a call can cost by our count, times this. */
  readonly margin: number;
  /** Takes secrets out of whatever came over the wire, before anybody else sees it. */
  readonly scrub: <T>(value: T) => T;
}

type Answer = Result<AgentReply, CallFailure>;

/** Pays for what goes over the wire. */
export function metered(wire: Provider, metering: Metering): Provider {
  const { now, emit, prices, budget, journal, keyOf } = metering;
  return {
    ...wire,
    async send(request, signal) {
      const model = request.model ?? metering.model;
      const price = prices.of(model, now());
      // A mistake in the configuration: said once, and not by every target that would ask the model.
      if (!price.ok) return failure("pause", "unpriced", price.error);
      const reserved = Math.ceil(price.value.most(boundOf(request)) * metering.margin) as Micros;
      const reservation = await budget.reserve(request.address, reserved, signal);
      if (!reservation.ok)
        return failure(reservation.error.exit === INTERRUPTED ? "fault" : "pause", "budget", reservation.error);

      const key = keyOf(request);
      const waiting = journal.waiting(key);
      const started = now();
      let call: Call;
      try {
        call = waiting ?? {
          call: journal.nextId(),
          key,
          address: request.address,
          attempt: request.attempt,
          turn: request.turn,
          provider: wire.name,
          model,
          at: started,
          reserved,
          ...(wire.resumable?.(request) ? { resumable: true } : {}),
        };
        if (waiting === undefined) journal.dispatched(call);
      } catch (error) {
        reservation.value.settle(0 as Micros);
        return failure("pause", "journal", unwritten(error, budget));
      }
      const told = { target: call.address, attempt: call.attempt, turn: call.turn, call: call.call };
      emit({ type: "callDispatched", at: started, ...told, model, reservedUsd: usdOf(reserved) });

      const answer = priced(
        metering.scrub(await attempt(wire, { ...request, model, call: call.call }, signal, reserved)),
        price.value,
        prices,
        started,
      );
      if (!answer.ok && answer.error.pending) {
        reservation.value.settle(0 as Micros);
        return answer;
      }
      const usage = usageOf(answer);
      const settled = { ...outcomeOf(answer), usage, seconds: (now() - started) / 1000 };
      try {
        journal.settled({ ...call, ...settled, payload: answer.ok ? answer.value : answer.error });
      } catch (error) {
        // What was answered is paid for and goes on; nothing more is bought that could not be written down.
        unwritten(error, budget);
      }
      reservation.value.settle(microsOf(usage.usd));
      if (microsOf(usage.usd) > reserved)
        emit({ type: "notice", at: now(), text: overrun(request, usage.usd, reserved) });
      if (!answer.ok && answer.error.kind === "pause") budget.stop(answer.error.fault);
      emit({
        type: "callSettled",
        at: now(),
        ...told,
        model: answer.ok ? answer.value.model : model,
        ...settled,
      });
      return answer;
    },
  };
}

const INTERRUPTED = 130;

/** Pages that a server reads for a model may be longer than was reckoned with. */
const overrun = ({ address, turn }: AgentRequest, usd: number, reserved: Micros): string =>
  `${address} turn ${turn} cost $${usd.toFixed(2)}, and $${usdOf(reserved).toFixed(2)} had been set aside: a larger budgets.margin keeps ceilings from being passed so.`;

const failure = (kind: CallFailure["kind"], error: string, fault: Fault): Answer =>
  err({ kind, error, fault, usage: NO_USAGE });

/** Asks once. A wire that throws has a mistake in it: nobody knows what was paid, so all that was set aside counts. */
async function attempt(wire: Provider, request: AgentRequest, signal: AbortSignal, reserved: Micros): Promise<Answer> {
  try {
    return await wire.send(request, signal);
  } catch (error) {
    return err({
      kind: "fault",
      error: "exception",
      fault: {
        what: `the provider ${wire.name} threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
        where: request.address,
        mend: "this is a mistake in the provider; the call is charged with the most that it can have cost",
        exit: 1,
      },
      usage: { ...NO_USAGE, usd: usdOf(reserved) },
    });
  }
}

/** The same answer with what it cost, by the price of the model that answered. */
function priced(answer: Answer, asked: ModelPrice, prices: Prices, at: number): Answer {
  if (!answer.ok) {
    const { usage, kind } = answer.error;
    // What the provider would not even begin costs nothing; where a cost came with the failure, it stands.
    const unbegun = kind === "pause" && promptTokens(usage) + usage.outputTokens === 0;
    const usd = usage.usd > 0 ? usage.usd : unbegun ? 0 : usdOf(asked.cost(usage, false));
    return { ok: false, error: { ...answer.error, usage: { ...usage, usd } } };
  }
  const { usage, model, batch } = answer.value;
  const answered = prices.of(model, at);
  const usd = usdOf((answered.ok ? answered.value : asked).cost(usage, batch === true));
  return { ok: true, value: { ...answer.value, usage: { ...usage, usd } } };
}

const usageOf = (answer: Answer): Usage => (answer.ok ? answer.value.usage : answer.error.usage);

const OUTCOMES: Readonly<Record<StopReason, CallOutcome>> = {
  end_turn: "answered",
  tool_use: "answered",
  pause_turn: "answered",
  max_tokens: "truncated",
  context_window: "truncated",
  refusal: "refused",
};

const outcomeOf = (answer: Answer): { readonly outcome: CallOutcome; readonly error?: string } =>
  answer.ok ? { outcome: OUTCOMES[answer.value.stop] } : { outcome: "failed", error: answer.error.error };

/** The disk takes no more records: says so, and stops all spending. */
function unwritten(error: unknown, budget: Budget): Fault {
  const fault: Fault = {
    what: `the journal of calls cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    where: ".codex/calls",
    mend: "make room, or mend the permissions; then build again: it goes on where it stopped",
    exit: 1,
  };
  return budget.stop(fault);
}

/** Bytes of a request that make a token, at the least: prose has four or more, formulas three. */
const BYTES_PER_TOKEN = 2;
/** What a page that the server reads for the model may add to the prompt, in tokens. */
const TOKENS_PER_WEB_USE = 15_000;

/** What a request may use at the most, counted without asking the server. */
export function boundOf(request: AgentRequest): Bound {
  const sent = JSON.stringify([request.messages, request.tools]);
  const uses = request.web?.maxUses ?? 0;
  return {
    promptTokens: Math.ceil(Buffer.byteLength(sent) / BYTES_PER_TOKEN) + uses * TOKENS_PER_WEB_USE,
    outputTokens: request.maxTokens,
    webSearches: uses,
  };
}
