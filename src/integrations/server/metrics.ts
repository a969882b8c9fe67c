import type { Usage } from "../../generation/events.js";

/** Upper bounds of the durations' histogram, in seconds. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Values that are read when they are asked for. */
export interface Gauges {
  readonly running: number;
  readonly waiting: number;
  /** Share of the KV cache in use, 0…1. */
  readonly cacheUsage: number;
}

/** What the server has done, in Prometheus' text format. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #buckets = BUCKETS.map(() => 0);
  #durations = { count: 0, sum: 0 };
  #promptTokens = 0;
  #cachedTokens = 0;
  #outputTokens = 0;

  request(route: string, status: number): void {
    const labels = `route="${route}",status="${status}"`;
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1);
  }

  /** @param seconds of a request from its admission to its end */
  duration(seconds: number): void {
    this.#durations.count++;
    this.#durations.sum += seconds;
    BUCKETS.forEach((bound, i) => {
      if (seconds <= bound) this.#buckets[i]!++;
    });
  }

  answer(usage: Usage | undefined): void {
    if (usage === undefined) return;
    this.#promptTokens += usage.inputTokens;
    this.#cachedTokens += usage.details.cachedTokens;
    this.#outputTokens += usage.outputTokens;
  }

  text({ running, waiting, cacheUsage }: Gauges): string {
    const duration = "toolken_request_duration_seconds";
    const { count, sum } = this.#durations;
    return [
      ...metric("toolken_requests_running", "gauge", "Answers that run.", running),
      ...metric("toolken_requests_waiting", "gauge", "Answers that wait for their turn.", waiting),
      ...metric("toolken_kv_cache_usage_ratio", "gauge", "Share of the KV cache in use.", cacheUsage),
      ...metric(
        "toolken_prompt_tokens_total",
        "counter",
        "Prompt tokens, cached ones included.",
        this.#promptTokens,
      ),
      ...metric(
        "toolken_cached_tokens_total",
        "counter",
        "Prompt tokens found in the KV cache.",
        this.#cachedTokens,
      ),
      ...metric("toolken_output_tokens_total", "counter", "Generated tokens.", this.#outputTokens),
      ...header("toolken_requests_total", "counter", "Requests by route and status."),
      ...[...this.#requests].map(([labels, n]) => `toolken_requests_total{${labels}} ${n}`),
      ...header(duration, "histogram", "Seconds of a request, waiting included."),
      ...BUCKETS.map((bound, i) => `${duration}_bucket{le="${bound}"} ${this.#buckets[i]!}`),
      `${duration}_bucket{le="+Inf"} ${count}`,
      `${duration}_sum ${sum}`,
      `${duration}_count ${count}`,
      "",
    ].join("\n");
  }
}

function header(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function metric(name: string, type: string, help: string, value: number): string[] {
  return [...header(name, type, help), `${name} ${value}`];
}
