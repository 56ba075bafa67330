/** Language and theme, as two small menus. */
import { Button, Dropdown } from "antd";
import { LANGUAGES } from "../../core/words.ts";
import { useObservable, useSpeech } from "../hooks.ts";
import { LANGUAGE_NAMES } from "../i18n/load.ts";
import { Icon } from "../parts/Icon.tsx";
import { type Preferences, prefer, preferences } from "../preferences.ts";

const THEMES = ["light", "dark", "system"] as const;

interface LookSwitchProps {
  /** Told of each change, to keep it with the user. */
  readonly onChange?: (change: Partial<Preferences>) => void;
  /** Icons only, where space is short. */
  readonly compact?: boolean;
}

export function LookSwitch({ onChange, compact = false }: LookSwitchProps) {
  const { t } = useSpeech();
  const { language, theme } = useObservable(preferences);
  const change = (next: Partial<Preferences>) => {
    prefer(next);
    onChange?.(next);
  };
  return (
    <>
      <Dropdown
        autoFocus
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [language],
          items: LANGUAGES.map((key) => ({
            key,
            label: <span lang={key}>{LANGUAGE_NAMES[key]}</span>,
            onClick: () => change({ language: key }),
          })),
        }}
      >
        <Button type="text" icon={<Icon name="globe" />} aria-label={t("look.language")}>
          {compact ? null : LANGUAGE_NAMES[language]}
        </Button>
      </Dropdown>
      <Dropdown
        autoFocus
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [theme],
          items: THEMES.map((key) => ({
            key,
            label: t(`look.${key}`),
            onClick: () => change({ theme: key }),
          })),
        }}
      >
        <Button
          type="text"
          icon={<Icon name={theme === "dark" ? "moon" : "sun"} />}
          aria-label={t("look.theme")}
        >
          {compact ? null : t(`look.${theme}`)}
        </Button>
      </Dropdown>
    </>
  );
}
