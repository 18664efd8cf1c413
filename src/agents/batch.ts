/**
 * Message batches: half the price, and an answer within a day. Requests that come close together are submitted as one.
 * A batch is written down before it is submitted and named afterwards; after a crash between the two, the server's list
 * tells whether it was taken:
 *
 *   gathered ──▶ written down ──▶ submitted ──▶ named ──▶ polled ──▶ ended: every request finds its own result
 *                     └── crash ──▶ found in the list, or submitted now
 */
import type { Anthropic } from "@anthropic-ai/sdk";
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Host } from "../host.ts";
import { err, ok, type Result } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { Client } from "./anthropic.ts";
import { classify, unknownStop } from "./anthropic-errors.ts";
import { blocksOf, stopOf, usageOf } from "./anthropic-reply.ts";
import { anthropicRequest } from "./anthropic-request.ts";
import { BatchNotes, type Submitted } from "./batch-notes.ts";
import type { AgentReply, AgentRequest, CallFailure, Provider } from "./provider.ts";

export interface BatchOptions {
  readonly client: () => Promise<Client>;
  /** The model that is asked where a request names none. */
  readonly model: string;
  readonly host: Host;
  /** Milliseconds without another request after which a batch leaves; 2 seconds where left out. */
  readonly gatherMs?: number;
  /** Milliseconds between two looks at a batch, once it has taken a while; a minute where left out. */
  readonly pollMs?: number;
}

type Answer = Result<AgentReply, CallFailure>;
type Individual = Anthropic.Messages.MessageBatchIndividualResponse;

interface Gathered {
  readonly id: string;
  readonly request: AgentRequest;
  /** Told the batch's name. */
  readonly submitted: (batch: Promise<string>) => void;
}

/** Clocks of servers and of this machine differ by less. */
const CLOCKS_MS = 10 * 60_000;

/** The first looks follow each other more quickly: small batches often end within seconds. */
const FIRST_LOOK_MS = 1000;

const isBatched = (request: AgentRequest): boolean => request.tools.length === 0 && request.web === undefined;

/** Sends what needs no tools in batches; everything else goes by `single`. */
export function batched(single: Provider, options: BatchOptions): Provider {
  const batches = new Batches(options);
  return {
    ...single,
    resumable: isBatched,
    send: (request, signal) => (isBatched(request) ? batches : single).send(request, signal),
  };
}

class Batches {
  readonly #options: BatchOptions;
  readonly #notes: BatchNotes;
  #gathered: Gathered[] = [];
  #cancel = (): void => {};
  /** Results by batch, so that it is polled once however many wait for it. */
  readonly #results = new Map<string, Promise<ReadonlyMap<string, Individual>>>();
  readonly #claims = new Map<string, Promise<string>>();

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#notes = new BatchNotes(options.host);
  }

  async send(request: AgentRequest, signal: AbortSignal): Promise<Answer> {
    if (request.call === undefined) throw new Error("a call without a name cannot be found again in a batch");
    const id = customId(request.call);
    let stop = (): void => {};
    const stopped = new Promise<Answer>((resolve) => {
      stop = () => resolve(pending(request));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    return Promise.race([stopped, this.#answer(id, request)]).finally(() => signal.removeEventListener("abort", stop));
  }

  async #answer(id: string, request: AgentRequest): Promise<Answer> {
    const { host } = this.#options;
    try {
      const known = this.#notes.of(id);
      const batch = await (known === undefined ? this.#gather(id, request) : this.#claim(known));
      return answerOf((await this.#collect(batch)).get(id), request, host.now());
    } catch (error) {
      // What was submitted, or may have been, is not asked for a second time: it stays to be collected.
      const pending = !(error instanceof NotSubmitted);
      const { kind, ...failure } = classify(pending ? error : error.cause, request.address, host.now());
      if (!pending) return err({ kind, ...failure, usage: NO_USAGE });
      return err({ kind: kind === "transient" ? "pause" : kind, ...failure, usage: NO_USAGE, pending: true });
    }
  }

  #gather(id: string, request: AgentRequest): Promise<string> {
    const { host, gatherMs = 2000 } = this.#options;
    this.#cancel();
    this.#cancel = host.after(gatherMs, () => this.#leave());
    return new Promise((resolve) => this.#gathered.push({ id, request, submitted: resolve }));
  }

  #leave(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    const note: Submitted = { at: this.#options.host.now(), ids: gathered.map(({ id }) => id), batch: undefined };
    this.#notes.keep(note);
    const submitted = this.#submit(note, gathered);
    for (const each of gathered) each.submitted(submitted);
  }

  async #submit(note: Submitted, gathered: readonly Gathered[]): Promise<string> {
    const { client, model, host } = this.#options;
    const requests = gathered.map(({ id, request }) => ({ custom_id: id, params: anthropicRequest(request, model) }));
    try {
      const { id } = await (await client()).messages.batches.create({ requests });
      return this.#named(note, id);
    } catch (error) {
      const { error: name } = classify(error, gathered[0]!.request.address, host.now());
      // It may have been taken all the same: the answer was lost, not the request.
      if (name === "connection" || name === "timeout" || name === "broken_stream") return this.#claim(note);
      this.#notes.forget(note);
      throw new NotSubmitted(error);
    }
  }

  /** The name of a batch of an earlier run, or of one whose name was lost. */
  #claim(note: Submitted): Promise<string> {
    if (note.batch !== undefined) return Promise.resolve(note.batch);
    const key = note.ids[0]!;
    const claim =
      this.#claims.get(key) ??
      this.#find(note).then((found) => {
        if (found !== undefined) return this.#named(note, found);
        this.#notes.forget(note);
        throw new NotSubmitted(new Error("the batch was never taken"));
      });
    this.#claims.set(key, claim);
    return claim;
  }

  #named(note: Submitted, batch: string): string {
    this.#notes.keep({ ...note, batch });
    return batch;
  }

  /** The batch that was submitted with these requests, among those of about that time that are nobody's yet. */
  async #find(note: Submitted): Promise<string | undefined> {
    const api = (await this.#options.client()).messages.batches;
    for await (const batch of api.list({ limit: 100 })) {
      const created = Date.parse(batch.created_at);
      if (created < note.at - CLOCKS_MS) return undefined;
      const { processing, succeeded, errored, canceled, expired } = batch.request_counts;
      const count = processing + succeeded + errored + canceled + expired;
      if (count !== note.ids.length || this.#notes.named(batch.id)) continue;
      // Only its results tell whose requests it holds.
      const results = await this.#collect(batch.id);
      if (note.ids.every((id) => results.has(id))) return batch.id;
    }
    return undefined;
  }

  #collect(batch: string): Promise<ReadonlyMap<string, Individual>> {
    const results = this.#results.get(batch) ?? this.#poll(batch);
    this.#results.set(batch, results);
    // A batch that could not be read now may be read when it is asked for again.
    results.catch(() => this.#results.delete(batch));
    return results;
  }

  async #poll(batch: string): Promise<ReadonlyMap<string, Individual>> {
    const { host, pollMs = 60_000, client } = this.#options;
    const api = (await client()).messages.batches;
    for (let looks = 0; ; looks++) {
      try {
        if ((await api.retrieve(batch)).processing_status === "ended") {
          const results = new Map<string, Individual>();
          for await (const each of await api.results(batch)) results.set(each.custom_id, each);
          return results;
        }
      } catch (error) {
        // It is paid for already: a server that does not answer now is asked again, for as long as it takes.
        if (classify(error, NOBODY, host.now()).kind !== "transient") throw error;
      }
      const wait = Math.min(pollMs, FIRST_LOOK_MS * 2 ** looks);
      await new Promise<void>((resolve) => void host.after(wait, resolve));
    }
  }
}

/** Where an error is nobody's in particular. */
const NOBODY = "" as Address;

/** The requests did not reach the provider, for the reason in `cause`. */
class NotSubmitted extends Error {
  constructor(cause: unknown) {
    super("not submitted", { cause });
  }
}

/** A name as the API takes it. */
const customId = (call: string): string => call.replace(/[^A-Za-z0-9_-]/g, "_").slice(-64);

function answerOf(individual: Individual | undefined, request: AgentRequest, now: number): Answer {
  const failed = (error: string, what: string): Answer => {
    const fault: Fault = { what, where: request.address, mend: "build again to go on", exit: 1 };
    return err({ kind: "transient", error, fault, usage: NO_USAGE });
  };
  const result = individual?.result;
  switch (result?.type) {
    case "succeeded": {
      const { content, usage, model, stop_reason } = result.message;
      const stop = stopOf(stop_reason);
      return stop === undefined
        ? err({ kind: "fault", error: "unknown_stop", fault: unknownStop(stop_reason, request), usage: usageOf(usage) })
        : ok({ content: blocksOf(content), usage: usageOf(usage), model, stop, batch: true });
    }
    case "errored": {
      const { type, message } = result.error.error;
      return err({ ...classify({ type, apiMessage: message }, request.address, now), usage: NO_USAGE });
    }
    case "expired":
    case "canceled":
      return failed(result.type, `the batch ended before its turn came: the request is ${result.type}`);
    case undefined:
      return failed("missing", "the batch has no result for the request");
  }
}

/** What is told to one that waits no longer: the answer is collected by the next run. */
const pending = (request: AgentRequest): Answer =>
  err({
    kind: "fault",
    error: "aborted",
    pending: true,
    usage: NO_USAGE,
    fault: {
      what: "stopped; the batch goes on",
      where: request.address,
      mend: "build again with --batch to collect what it answers",
      exit: 130,
    },
  });
