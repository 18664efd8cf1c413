/** A shared cache on this machine: it keeps what it is given, and misbehaves as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface CacheServer {
  readonly url: string;
  /** What it keeps, by `/ac/…` or `/cas/…`. */
  readonly kept: Map<string, Buffer>;
  /** What it was asked, e.g. `GET /ac/…`, in order. */
  readonly asked: string[];
  /** What requests carried in their `Authorization` header. */
  readonly authorizations: Set<string | undefined>;
  /** Answers a request in its stead; false leaves it to the server. */
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Answers all requests of these methods with a status. */
  refuse(status: number, ...methods: string[]): void;
  /** How often it was asked something that begins so. */
  count(start: string): number;
  close(): Promise<void>;
}

/** Starts one, which the end of the test stops. */
export async function cacheServer(): Promise<CacheServer> {
  const kept = new Map<string, Buffer>();
  const asked: string[] = [];
  const authorizations = new Set<string | undefined>();
  const server = createServer((request, response) => {
    const { method, url = "" } = request;
    asked.push(`${method} ${url}`);
    authorizations.add(request.headers.authorization);
    if (made.misbehave(request, response)) return;
    if (method === "GET") {
      const bytes = kept.get(url);
      response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      kept.set(url, Buffer.concat(chunks));
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const made: CacheServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kept,
    asked,
    authorizations,
    misbehave: () => false,
    refuse(status, ...methods) {
      made.misbehave = ({ method = "" }, response) => {
        if (!methods.includes(method)) return false;
        response.writeHead(status).end("a page that says why");
        return true;
      };
    },
    count: (start) => asked.filter((each) => each.startsWith(start)).length,
    close,
  };
  onTestFinished(close);
  return made;
}
