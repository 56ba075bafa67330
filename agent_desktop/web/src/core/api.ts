/** The REST API: typed by the OpenAPI document, refusals thrown as ``Problem``. */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.gen.ts";

export type Schemas = components["schemas"];
export type Session = Schemas["SessionView"];

/** A refusal of the server with its stable code, or ``offline`` when it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly Schemas["FieldProblem"][] = [],
    /** Seconds the server asks to wait before the next attempt; 0 where it does not. */
    readonly retryAfter = 0,
  ) {
    super(detail === "" ? code : detail);
    this.name = "Problem";
  }

  /** Whether trying the same again may help. */
  get retryable(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

export type Api = Client<paths>;

const ANSWER_WITHIN = 10_000;

/** A client whose writes carry the session's CSRF token. */
export function createApi(csrf: () => string, fetcher: typeof fetch = fetch): Api {
  const api = createClient<paths>({
    baseUrl: globalThis.location?.origin ?? "",
    credentials: "same-origin",
    fetch: async (request: Request) => {
      try {
        return await fetcher(request, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
      } catch (error) {
        const slow = error instanceof DOMException && error.name === "TimeoutError";
        throw new Problem(0, slow ? "timeout" : "offline", "");
      }
    },
  });
  api.use({
    onRequest: ({ request }) => {
      const token = csrf();
      if (request.method !== "GET" && token !== "") request.headers.set("X-CSRF-Token", token);
      return request;
    },
  });
  return api;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer, or the problem thrown. */
export async function need<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw problemOf(response.status, error, Number(response.headers.get("Retry-After")) || 0);
}

function problemOf(status: number, error: unknown, retryAfter: number): Problem {
  if (typeof error === "object" && error !== null && "code" in error) {
    const { code, detail, errors } = error as Partial<Schemas["ProblemView"]>;
    return new Problem(status, code ?? "unknown", detail ?? "", errors ?? [], retryAfter);
  }
  return new Problem(status, status >= 500 ? "server_down" : "unknown", "");
}
