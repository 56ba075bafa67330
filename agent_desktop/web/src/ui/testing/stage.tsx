/** A signed-in desktop on in-memory wires, for tests of views. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render } from "@testing-library/react";
import { App, ConfigProvider } from "antd";
import type { ReactNode } from "react";
import type { Session } from "../../core/api.ts";
import { Desktop } from "../../core/desktop.ts";
import type { AgentTopic, AgentView, OfferView, Pop } from "../../core/protocol.gen.ts";
import { FakePhone } from "../../core/testing/fake_phone.ts";
import { FakeWire, welcome } from "../../core/testing/paired.ts";
import { speechOf } from "../App.tsx";
import { DesktopContext, SpeechContext } from "../hooks.ts";
import { type LoadedLanguage, loadLanguage } from "../i18n/load.ts";

export const ME: AgentView = {
  id: "ana",
  name: "Ana",
  state: "ready",
  reason: "",
  since: "2026-11-22T09:00:00Z",
  desktop: true,
  phone: true,
  next_state: "",
  by: "",
  next_by: "",
  skills: {},
};

export const OFFER: OfferView = {
  offer: "c1~1",
  call: "c1",
  queue: "support",
  queue_name: "Support",
  ani: "+12025550101",
  dnis: "5001",
  offered_at: "2026-11-22T09:00:00Z",
  expires_at: "2026-11-22T09:00:20Z",
  waited_s: 12,
  language: "en",
};

export const POP: Pop = {
  call: "c1",
  ani: "+12025550101",
  ani_kind: "valid",
  region: "US",
  state: "one",
  verified: true,
  party: {
    id: "p1",
    kind: "person",
    name: "Nancy Miller",
    number: "10000016",
    tier: "gold",
    language: "en",
    city: "Washington",
    since: null,
    phones: ["+12025550101"],
    emails: [],
    owner: "",
    version: 1,
  },
  alerts: [{ kind: "vip", params: {} }],
  candidates: [],
  reasons: [
    {
      key: "reason.order_late",
      score: 0.8,
      evidence_key: "evidence.order_expected_since",
      params: { number: "10000016", item: "Coffee grinder", at: "2026-11-20T12:00:00Z" },
      subject_type: "order",
      subject_id: "o1",
    },
  ],
  cases: [],
  contacts: [],
  orders: [],
  suggestions: [],
  ivr_path: ["ivr.menu.support"],
  complete: true,
};

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** An answer that depends on what is asked. */
export type Answering = (asked: {
  readonly query: URLSearchParams;
  readonly body: unknown;
}) => unknown;

/** A page of a list in which nothing waits. */
const NOTHING = { items: [], next: "", total: 0, due: 0 };

/** A refusal with its code, as an answer. */
export const refusal = (status: number, code: string, errors: readonly unknown[] = []) =>
  new Response(JSON.stringify({ type: "", title: "", status, code, detail: "", errors }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });

/** Show ``view`` to a signed-in user and return the strings that pull it. */
export async function stage(
  view: ReactNode,
  {
    language = "en",
    roles = ["agent"],
    answers = {},
    here = true,
  }: {
    language?: "en" | "zh" | "fa";
    roles?: string[];
    answers?: Readonly<Record<string, unknown>>;
    /** Whether this page has the agent's phone. */
    here?: boolean;
  } = {},
) {
  const wire = new FakeWire();
  const phone = new FakePhone();
  const asked: Asked[] = [];
  const session: Session = {
    user: "ana",
    name: "Ana",
    roles,
    csrf: "token",
    language,
    theme: "light",
    expires_at: "2026-11-23T00:00:00Z",
  };
  const usual: Readonly<Record<string, unknown>> = {
    "POST /api/phone": {
      sip_user: "agent-ana",
      password: "x",
      domain: "parley",
      display_name: "Ana",
      ws_path: "/sip",
      ice_servers: [],
    },
    "GET /api/names": {
      queues: { support: { en: "Support", zh: "技术支持", fa: "پشتیبانی" } },
      skills: { billing: { en: "Billing", zh: "账务", fa: "امور مالی" } },
      numbers: { "5001": { en: "Main line", zh: "总机", fa: "خط اصلی" } },
    },
    "GET /api/trunks": { trunks: [], strangers: [] },
    "GET /api/work/unfinished": NOTHING,
    "GET /api/work/missed": NOTHING,
    "GET /api/work/tasks": NOTHING,
    "GET /api/dispositions": {
      items: [
        { code: "resolved", label_key: "disposition.resolved", follow_up: "" },
        { code: "follow_up", label_key: "disposition.follow_up", follow_up: "case" },
        {
          code: "callback_promised",
          label_key: "disposition.callback_promised",
          follow_up: "callback",
        },
      ],
    },
  };
  const fetcher = (async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    asked.push({ method: request.method, path: pathname, body });
    const known = { ...usual, ...answers }[`${request.method} ${pathname}`] ?? { ok: true };
    const answer =
      typeof known === "function"
        ? await (known as Answering)({ query: searchParams, body })
        : known;
    if (answer instanceof Response) return answer;
    return new Response(JSON.stringify(answer), {
      status: 200,
      headers: { "Content-Type": "application/json" },
    });
  }) as typeof fetch;
  const desktop = new Desktop({
    session,
    open: () => wire,
    loadPhone: async () => phone,
    fetcher,
  });
  const loaded: LoadedLanguage = await loadLanguage(language);
  const page = render(
    <SpeechContext.Provider value={speechOf(loaded)}>
      <ConfigProvider locale={loaded.antd} direction={loaded.direction}>
        <App>
          <QueryClientProvider client={new QueryClient()}>
            <DesktopContext.Provider value={desktop}>{view}</DesktopContext.Provider>
          </QueryClientProvider>
        </App>
      </ConfigProvider>
    </SpeechContext.Provider>,
  );
  let seq = 0;
  await act(async () => {
    desktop.start();
    wire.open();
    wire.say(welcome());
    if (roles.includes("agent")) {
      wire.say({ type: "phone_at", here, line: "", leg: "none", muted: false, trouble: "" });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  /** The server's newest word on the agent's own topic. */
  const own = (values: AgentTopic) =>
    act(async () => {
      seq += 1;
      wire.say({ type: "snapshot", topic: "agent:ana", seq, values: { ...values } });
      await Promise.resolve();
    });
  /** So much time has passed that what ends a call is not deaf any more. */
  const heard = () => act(() => desktop.ending.deaf.set(false));
  return { wire, phone, asked, desktop, page, own, heard };
}
