/** Language, theme and session around the pages. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from "react";
import { Problem } from "../core/api.ts";
import { formatsOf } from "../core/formats.ts";
import { wordsOf } from "../core/words.ts";
import { type Speech, SpeechContext, useObservable } from "./hooks.ts";
import { type LoadedLanguage, loadLanguage } from "./i18n/load.ts";
import { Login } from "./login/Login.tsx";
import { preferences } from "./preferences.ts";
import { usePath } from "./router.tsx";
import { SessionGate } from "./Session.tsx";
import { Shell } from "./shell/Shell.tsx";
import { themeOf } from "./theme/theme.ts";

const Caller = lazy(() => import("./caller/Caller.tsx"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.retryable),
    },
  },
});

/** The whole application. */
export function App() {
  return (
    <Look>
      <QueryClientProvider client={queries}>
        <Pages />
      </QueryClientProvider>
    </Look>
  );
}

function Pages() {
  const path = usePath();
  if (path === "/caller") {
    return (
      <Suspense fallback={null}>
        <Caller />
      </Suspense>
    );
  }
  return <SessionGate login={(props) => <Login {...props} />}>{() => <Shell />}</SessionGate>;
}

/** Everything that depends on language and theme. */
export function Look({ children }: { readonly children: ReactNode }) {
  const { language, theme } = useObservable(preferences);
  const dark = useDark(theme);
  const [loaded, setLoaded] = useState<LoadedLanguage | null>(null);

  useEffect(() => {
    let wanted = true;
    void loadLanguage(language).then((next) => wanted && setLoaded(next));
    return () => {
      wanted = false;
    };
  }, [language]);

  useEffect(() => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }, [dark]);

  useEffect(() => {
    if (loaded === null) return;
    document.documentElement.lang = loaded.language;
    document.documentElement.dir = loaded.direction;
  }, [loaded]);

  const speech = useMemo(() => (loaded === null ? null : speechOf(loaded)), [loaded]);
  const themed = useMemo(() => themeOf(dark), [dark]);
  if (loaded === null || speech === null) return null;
  return (
    <SpeechContext.Provider value={speech}>
      <ConfigProvider
        locale={loaded.antd}
        direction={loaded.direction}
        theme={themed}
        componentSize="middle"
        button={{ autoInsertSpace: false }}
      >
        <AntApp component={false} message={{ maxCount: 3 }}>
          {children}
        </AntApp>
      </ConfigProvider>
    </SpeechContext.Provider>
  );
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
/** Parameters that are quantities; other digits are names, such as an order's number. */
const AMOUNTS: ReadonlySet<string> = new Set(["occupancy", "chosen_occupancy"]);
const AMOUNT = /^-?\d+(\.\d+)?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Words and formats of a loaded language. */
export function speechOf({ language, catalogue }: LoadedLanguage): Speech {
  const formats = formatsOf(language);
  const words = wordsOf(language, catalogue, (value, name, style, params) => {
    if (style === "money") return formats.money(String(value), String(params.currency ?? ""));
    if (typeof value === "number") return formats.number(value);
    if (DAY.test(value)) return formats.date(`${value}T12:00:00Z`);
    if (INSTANT.test(value)) {
      if (style === "time") return formats.time(value);
      if (style === "ago") return formats.relative(value, Date.now());
      if (style === "second") return formats.second(value);
      return style === "datetime" ? formats.dateTime(value) : formats.date(value);
    }
    if (name === "language") return formats.languageName(value);
    return AMOUNTS.has(name) && AMOUNT.test(value)
      ? formats.number(Number(value))
      : formats.digits(value);
  });
  return { ...words, formats };
}

function useDark(theme: "light" | "dark" | "system"): boolean {
  const [system, setSystem] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setSystem(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return theme === "system" ? system : theme === "dark";
}
