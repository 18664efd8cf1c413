/**
 * A Messages API of our own, over loopback: it does what the test says, and keeps the books. What it bills is what it
 * told: the whole message, or of a broken stream the tokens counted when the stream began.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface SentMessages {
  readonly model: string;
  readonly max_tokens: number;
  readonly stream?: boolean;
  readonly system?: readonly Record<string, unknown>[];
  readonly tools?: readonly Record<string, unknown>[];
  readonly messages: readonly { readonly role: string; readonly content: readonly Record<string, unknown>[] }[];
}

export interface Asked {
  /** Counts all requests for messages, from 1. */
  readonly n: number;
  readonly body: SentMessages;
  readonly headers: IncomingMessage["headers"];
}

type Content = Readonly<Record<string, unknown>>;

export interface Tokens {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
  readonly server_tool_use?: { readonly web_search_requests: number; readonly web_fetch_requests: number };
}

interface Common {
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

export type Behaviour = Common &
  (
    | {
        readonly kind: "message";
        readonly content: readonly Content[];
        readonly stop?: string;
        readonly usage?: Tokens;
      }
    /** An error with a status; `type: null` for a body that is no JSON. */
    | {
        readonly kind: "status";
        readonly status: number;
        readonly type: string | null;
        readonly message?: string;
        readonly code?: string;
      }
    /** The stream begins, says some text, and then: an error event, silence, a closed socket, its end, or no JSON. */
    | {
        readonly kind: "broken";
        readonly how: "error" | "stall" | "drop" | "end" | "garbage";
        readonly type?: string;
        readonly text?: string;
      }
    /** The socket is closed before anything is answered. */
    | { readonly kind: "drop" }
  );

export interface Billed {
  readonly model: string;
  readonly tokens: Tokens;
  readonly batch: boolean;
}

export const says = (text: string): Content => ({ type: "text", text });
export const calls = (name: string, input: unknown, id = "toolu_1"): Content => ({ type: "tool_use", id, name, input });

interface StubBatch {
  readonly id: string;
  readonly created_at: string;
  readonly requests: readonly { readonly custom_id: string; readonly params: SentMessages }[];
  readonly results: Promise<string[]>;
  polls: number;
}

export class StubServer {
  readonly asked: Asked[] = [];
  readonly billed: Billed[] = [];
  readonly batches: StubBatch[] = [];
  /** How many times a batch says that it is in progress before it has ended. */
  batchPolls = 1;
  /** Called when a batch was accepted, before that is answered: throw to lose the answer. */
  onBatch: () => void = () => {};
  readonly #script: (asked: Asked) => Behaviour;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: (asked: Asked) => Behaviour) {
    this.#script = script;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(script: (asked: Asked) => Behaviour): Promise<StubServer> {
    const stub = new StubServer(script);
    await new Promise<void>((resolve) => stub.#server.listen(0, "127.0.0.1", resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const path = new URL(request.url ?? "/", "http://stub").pathname;
    if (path === "/v1/messages") return this.#messages(JSON.parse(text) as SentMessages, request, response);
    if (path.startsWith("/v1/messages/batches")) return this.#batch(path, text, request, response);
    json(response, 404, { type: "error", error: { type: "not_found_error", message: path } });
  }

  async #messages(body: SentMessages, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked: Asked = { n: this.asked.length + 1, body, headers: request.headers };
    this.asked.push(asked);
    const told = this.#script(asked);
    if (told.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, told.delayMs));
    // Whoever has gone away is not served, and pays nothing.
    if (request.socket.destroyed) return;
    for (const [name, value] of Object.entries({ "request-id": `req_${asked.n}`, ...told.headers }))
      response.setHeader(name, value);
    switch (told.kind) {
      case "drop":
        response.destroy();
        return;
      case "status": {
        if (told.type === null)
          return void response.writeHead(told.status, { "content-type": "text/html" }).end("<html>");
        const details = told.code === undefined ? {} : { details: { error_code: told.code } };
        return json(response, told.status, {
          type: "error",
          error: { type: told.type, message: told.message ?? told.type, ...details },
        });
      }
      case "broken": {
        const tokens = { input_tokens: inputTokens(body), output_tokens: 3 };
        const send = begin(response, body.model, tokens);
        this.billed.push({ model: body.model, tokens, batch: false });
        send("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
        send("content_block_delta", { index: 0, delta: { type: "text_delta", text: told.text ?? "Half a " } });
        switch (told.how) {
          case "error": {
            const error = { type: told.type ?? "overloaded_error", message: told.type ?? "overloaded_error" };
            send("error", { error });
            return void response.end();
          }
          case "stall":
            return;
          case "drop":
            // After what was written has left.
            setTimeout(() => response.destroy(), 20);
            return;
          case "end":
            return void response.end();
          case "garbage":
            return void response.end('event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n');
        }
        return;
      }
      case "message": {
        const tokens = told.usage ?? { input_tokens: inputTokens(body), output_tokens: outputTokens(told.content) };
        this.billed.push({ model: body.model, tokens, batch: false });
        stream(response, body.model, told.content, told.stop ?? stopFor(told.content), tokens, asked.n);
        return;
      }
    }
  }

  async #batch(path: string, text: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , , id, results] = path.split("/");
    const shown = (batch: StubBatch): Record<string, unknown> => {
      const ended = batch.polls > this.batchPolls;
      const count = batch.requests.length;
      return {
        id: batch.id,
        type: "message_batch",
        processing_status: ended ? "ended" : "in_progress",
        created_at: batch.created_at,
        expires_at: batch.created_at,
        ended_at: ended ? batch.created_at : null,
        archived_at: null,
        cancel_initiated_at: null,
        results_url: ended ? `${this.url}/v1/messages/batches/${batch.id}/results` : null,
        request_counts: {
          processing: ended ? 0 : count,
          succeeded: ended ? count : 0,
          errored: 0,
          canceled: 0,
          expired: 0,
        },
      };
    };
    if (id === undefined && request.method === "POST") {
      const { requests } = JSON.parse(text) as Pick<StubBatch, "requests">;
      const results = requests.map(({ custom_id, params }) => this.#inBatch(custom_id, params, request));
      const batch: StubBatch = {
        id: `msgbatch_${this.batches.length + 1}`,
        created_at: new Date().toISOString(),
        requests,
        results: Promise.all(results),
        polls: 0,
      };
      this.batches.push(batch);
      try {
        this.onBatch();
      } catch {
        response.destroy();
        return;
      }
      return json(response, 200, shown(batch));
    }
    if (id === undefined)
      return json(response, 200, {
        data: [...this.batches].reverse().map(shown),
        has_more: false,
        first_id: null,
        last_id: null,
      });
    const batch = this.batches.find((each) => each.id === id);
    if (batch === undefined)
      return json(response, 404, { type: "error", error: { type: "not_found_error", message: id } });
    if (results === undefined) {
      batch.polls++;
      return json(response, 200, shown(batch));
    }
    // In another order than that of the requests: nobody promised one.
    const lines = [...(await batch.results)].reverse();
    response.writeHead(200, { "content-type": "application/x-jsonl" }).end(lines.join("\n"));
  }

  async #inBatch(custom_id: string, body: SentMessages, request: IncomingMessage): Promise<string> {
    const asked: Asked = { n: this.asked.length + 1, body, headers: request.headers };
    this.asked.push(asked);
    const told = this.#script(asked);
    if (told.kind === "status") {
      const error = { type: "error", error: { type: told.type, message: told.message ?? "" } };
      return JSON.stringify({ custom_id, result: { type: "errored", error } });
    }
    if (told.kind !== "message") return JSON.stringify({ custom_id, result: { type: "expired" } });
    const tokens = told.usage ?? { input_tokens: inputTokens(body), output_tokens: outputTokens(told.content) };
    this.billed.push({ model: body.model, tokens, batch: true });
    const stop_reason = told.stop ?? stopFor(told.content);
    const message = {
      id: `msg_${asked.n}`,
      type: "message",
      role: "assistant",
      model: body.model,
      content: told.content,
      stop_reason,
      stop_sequence: null,
      usage: tokens,
    };
    return JSON.stringify({ custom_id, result: { type: "succeeded", message } });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function begin(response: ServerResponse, model: string, usage: Tokens, n = 0): (event: string, data: object) => void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (event: string, data: object): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`);
  };
  send("message_start", {
    message: {
      id: `msg_${n}`,
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
  return send;
}

function stream(
  response: ServerResponse,
  model: string,
  content: readonly Content[],
  stop: string,
  usage: Tokens,
  n: number,
): void {
  const send = begin(response, model, { ...usage, output_tokens: 1 }, n);
  for (const [index, block] of content.entries()) {
    if (block.type === "text") {
      const text = String(block.text);
      send("content_block_start", { index, content_block: { ...block, text: "" } });
      for (let at = 0; at < text.length; at += 1000)
        send("content_block_delta", { index, delta: { type: "text_delta", text: text.slice(at, at + 1000) } });
    } else if (block.type === "tool_use") {
      send("content_block_start", { index, content_block: { ...block, input: {} } });
      const input = typeof block.input === "string" ? block.input : JSON.stringify(block.input);
      send("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: input } });
    } else {
      send("content_block_start", { index, content_block: block });
    }
    send("content_block_stop", { index });
  }
  send("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage });
  send("message_stop", {});
  response.end();
}

const stopFor = (content: readonly Content[]): string =>
  content.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";

/** Tokens as this server counts them: four characters each. */
export const inputTokens = (body: SentMessages): number =>
  Math.ceil(JSON.stringify([body.system, body.tools, body.messages]).length / 4);
export const outputTokens = (content: readonly Content[]): number => Math.ceil(JSON.stringify(content).length / 4);
