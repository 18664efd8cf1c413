/** Counts the calls of a provider that costs nothing (recordings): ledgers and screens see them as they see paid ones. */
import type { Emit } from "../events.ts";
import type { Provider } from "./provider.ts";

/** @param run a name of this process run, unlike that of any other: the calls are named after it. */
export function unpaid(provider: Provider, run: string, now: () => number, emit: Emit): Provider {
  let calls = 0;
  return {
    ...provider,
    async send(request, signal) {
      calls++;
      const started = now();
      const told = {
        target: request.address,
        attempt: request.attempt,
        turn: request.turn,
        call: `${provider.name}-${run}-${calls}`,
      };
      const model = request.model ?? provider.name;
      emit({ type: "callDispatched", at: started, ...told, model, reservedUsd: 0 });
      const answer = await provider.send(request, signal);
      emit({
        type: "callSettled",
        at: now(),
        ...told,
        model: answer.ok ? answer.value.model : provider.name,
        usage: answer.ok ? answer.value.usage : answer.error.usage,
        seconds: (now() - started) / 1000,
        ...(answer.ok ? { outcome: "answered" } : { outcome: "failed", error: answer.error.error }),
      });
      return answer;
    },
  };
}
