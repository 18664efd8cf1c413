/**
 * A build as OpenTelemetry spans: one for the build, one below it for each target, one below that for each call. Sent to
 * where OTEL_EXPORTER_OTLP_ENDPOINT points; loaded only where that is set.
 */
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Profile } from "./profile.ts";

/** Sends the spans; throws where the collector does not take them. */
export async function sendSpans(profile: Profile, version: string): Promise<void> {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ "service.name": "codex", "service.version": version }))
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
    .merge(detectResources({ detectors: [envDetector] }));
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter())];
  const provider = new BasicTracerProvider({ resource, spanProcessors });
  const tracer = provider.getTracer("codex-build", version);
  const build = tracer.startSpan("codex build", {
    startTime: profile.started,
    attributes: { "codex.targets": profile.runs.length },
  });
  const inBuild = trace.setSpan(context.active(), build);
  for (const run of profile.runs) {
    const attributes = {
      "codex.rule": run.rule,
      "codex.pool": run.pool,
      "codex.outcome": run.outcome,
      "codex.attempts": run.attempts,
      "codex.usd": run.usd,
    };
    const span = tracer.startSpan(run.target, { startTime: run.start, attributes }, inBuild);
    if (run.outcome === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
    const inTarget = trace.setSpan(inBuild, span);
    for (const call of run.calls) {
      const spoken = {
        "gen_ai.request.model": call.model,
        "codex.attempt": call.attempt,
        "codex.outcome": call.outcome,
        "codex.usd": call.usd,
      };
      tracer.startSpan(`turn ${call.turn}`, { startTime: call.start, attributes: spoken }, inTarget).end(call.end);
    }
    span.end(run.end);
  }
  build.end(profile.ended);
  await provider.forceFlush();
  await provider.shutdown();
}
