/** A number to call back: a link that a telephone program takes, and a button that copies it. */
import { App, Button } from "antd";
import { useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Phone } from "../parts/parts.tsx";
import css from "./workspace.module.css";

const DIALABLE = /^\+?[0-9]{3,}$/;

export function CallBack({ number }: { readonly number: string }) {
  const { t } = useSpeech();
  const { message } = App.useApp();
  if (!DIALABLE.test(number)) return <Phone number={number} />;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(number);
      void message.success(t("todo.copied"));
    } catch {
      void message.error(t("todo.not_copied"));
    }
  };
  return (
    <span className={css.callBack}>
      <a href={`tel:${number}`} title={t("todo.call_back")}>
        <Phone number={number} />
      </a>
      <Button
        size="small"
        type="text"
        icon={<Icon name="copy" size={13} />}
        aria-label={t("todo.copy")}
        title={t("todo.copy")}
        onClick={() => void copy()}
      />
    </span>
  );
}
