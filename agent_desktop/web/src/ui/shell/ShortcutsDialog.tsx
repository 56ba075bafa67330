/** The list of shortcuts. */
import { Modal } from "antd";
import { Fragment } from "react";
import { closeDialog } from "../dialogs.ts";
import { useSpeech } from "../hooks.ts";
import { Keys } from "../parts/parts.tsx";
import { SHORTCUTS } from "../shortcuts.ts";
import css from "./shell.module.css";

const GROUPS = ["general", "call", "after", "customer"] as const;

export default function ShortcutsDialog() {
  const { t } = useSpeech();
  return (
    <Modal open title={t("shortcuts.title")} onCancel={closeDialog} footer={null} width={560}>
      <div className={css.keysTable}>
        {GROUPS.map((group) => (
          <Fragment key={group}>
            <h3>{t(`shortcuts.${group}`)}</h3>
            {SHORTCUTS.filter((shortcut) => shortcut.group === group).map(({ id }) => (
              <div key={id} className="spread">
                <span>{t(`shortcut.${id}`)}</span>
                <Keys id={id} />
              </div>
            ))}
          </Fragment>
        ))}
      </div>
    </Modal>
  );
}
