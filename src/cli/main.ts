/** Codex as a process: how it ends, and the one place where a fault is printed. */
import { CommanderError } from "commander";
import { diskFault } from "../artifact/disk-fault.ts";
import { FaultError } from "../fault.ts";
import { EXIT } from "./exit.ts";
import { program } from "./program.ts";
import { processTerminal } from "./terminal.ts";
import { printFault } from "./view/fault.ts";

async function main(): Promise<number> {
  const terminal = processTerminal();
  let code: number = EXIT.done;
  try {
    await program(terminal, (result) => {
      code = result;
    }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const fault = error instanceof FaultError ? error.fault : diskFault(error);
    if (fault === undefined) throw error;
    printFault(terminal, fault);
    return fault.exit;
  }
  return code;
}

// A reader that goes away (`codex graph | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.failed),
);

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`codex: a mistake in Codex itself: ${error.stack ?? error.message}\n`);
    process.exitCode = EXIT.failed;
  },
);
