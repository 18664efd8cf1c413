/** What a run is given: the text of each of its inputs. */
import { MISSING } from "../artifact/digest.ts";
import { textIn } from "../artifact/question.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import { FaultError } from "../fault.ts";
import type { Input } from "../graph/target.ts";
import { unreachable } from "../result.ts";
import type { InputTexts } from "./action.ts";
import type { Engine } from "./engine.ts";
import type { Task } from "./task.ts";

/** The text of every input that is read. Order-only inputs are not. */
export function inputTexts(engine: Engine, task: Task, view: WorkspaceView): InputTexts {
  const texts: Record<string, string> = {};
  for (const input of task.target.inputs)
    if (input.kind !== "orderOnly") texts[input.name] = inputText(engine, input, view);
  return texts;
}

function inputText(engine: Engine, input: Input, view: WorkspaceView): string {
  const { source } = input;
  switch (source.kind) {
    case "ref":
      return textIn(view, source.ref) ?? "";
    case "glob":
      return view.list(source.patterns).join("\n");
    case "product": {
      const digest = engine.world.product(source.of, source.name);
      const bytes = digest === MISSING ? undefined : engine.store.get(digest);
      if (bytes === undefined)
        throw new FaultError({
          what: `the bytes of ${source.of}'s ${source.name} are gone from the store`,
          where: input.name,
          mend: "build again: they will be made again",
          exit: 1,
        });
      return readUtf8(bytes);
    }
    default:
      return unreachable(source);
  }
}
