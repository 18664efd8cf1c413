/** A provider whose requests wait for a place, and tell by how they end whether there may be more places or fewer. */
import { err } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { AgentRequest, CallFailure, Provider } from "./provider.ts";
import type { Need } from "./rate-buckets.ts";
import type { Load, Throttle } from "./throttle.ts";

export function throttled(inner: Provider, throttle: Throttle): Provider {
  return {
    ...inner,
    async send(request, signal) {
      const leave = await throttle.enter(needOf(request), signal);
      if (leave === undefined) {
        const fault = { what: "stopped", where: request.address, mend: "build again to go on", exit: 130 };
        return err({ kind: "fault", error: "aborted", fault, usage: NO_USAGE });
      }
      let load: Load = "other";
      try {
        const result = await inner.send(request, signal);
        load = result.ok ? "answered" : loadOf(result.error);
        return result;
      } finally {
        leave(load);
      }
    },
  };
}

function loadOf({ error }: CallFailure): Load {
  if (error === "rate_limit_error") return "limited";
  return error === "overloaded_error" || error === "api_error" ? "overloaded" : "other";
}

const CHARACTERS_PER_TOKEN = 4;

/** What a request will take of the rate limits, about. */
function needOf({ messages, maxTokens }: AgentRequest): Need {
  let characters = 0;
  for (const { content } of messages)
    for (const block of content)
      characters +=
        "text" in block ? block.text.length : JSON.stringify("input" in block ? block.input : block.value).length;
  return { input: Math.ceil(characters / CHARACTERS_PER_TOKEN), output: maxTokens };
}
