/** The other side of agent.mjs: answers prompts, and counts what it was paid for. No two answers are the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Stub {
  /** How often each target was answered, by what its prompt calls it. */
  readonly served = new Map<string, number>();
  /** Milliseconds that an answer takes. */
  delay = 0;
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "codex-stub-"));
  private readonly open = new Set<Socket>();
  private readonly server: Server;

  constructor() {
    this.path = join(this.folder, "agent.sock");
    this.server = createServer((socket) => this.hear(socket)).listen(this.path);
  }

  /** Programs that are connected: none may be left when Codex is gone. */
  get connected(): number {
    return this.open.size;
  }

  get total(): number {
    return [...this.served.values()].reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((done) => this.server.close(done));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private hear(socket: Socket): void {
    let prompt = "";
    this.open.add(socket);
    socket.on("data", (chunk) => {
      prompt += chunk.toString();
      if (prompt.endsWith("\0")) this.answer(socket, prompt);
    });
    socket.on("close", () => this.open.delete(socket));
    // Whoever asked may have been killed.
    socket.on("error", () => {});
  }

  private answer(socket: Socket, prompt: string): void {
    setTimeout(() => {
      if (socket.destroyed) return;
      const target = /^TARGET (\S+)$/m.exec(prompt)?.[1];
      // Whoever was about to ask was killed before all was said.
      if (target === undefined) return void socket.destroy();
      const count = (this.served.get(target) ?? 0) + 1;
      this.served.set(target, count);
      // The same text is at both ends: half of an answer would show.
      const name = `answer ${count} to ${target}`;
      const heading = /^HEADING (.+)$/m.exec(prompt)?.[1];
      const lines = [...(heading === undefined ? [] : [heading, ""]), `begin ${name}`, "x".repeat(2000), `end ${name}`];
      socket.end(`<output name="text">\n${lines.join("\n")}\n</output>\n`);
    }, this.delay);
  }
}
