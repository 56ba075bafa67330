/** Search for a customer from anywhere, with the keyboard alone. */
import { Input, Modal } from "antd";
import { type KeyboardEvent, useState } from "react";
import { useParties, useTrouble } from "../customers/queries.ts";
import { closeDialog } from "../dialogs.ts";
import { useSettled, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Empty, Notice, Phone, Tier } from "../parts/parts.tsx";
import { go } from "../router.tsx";
import css from "./shell.module.css";

const WAIT = 150;

export default function SearchDialog() {
  const { t, code } = useSpeech();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const search = useParties(useSettled(text.trim(), WAIT), 12);
  const trouble = useTrouble(search);
  const found = trouble === "" ? (search.data?.items ?? []) : [];

  const choose = (id: string | undefined) => {
    if (id === undefined) return;
    closeDialog();
    go(`/customers/${id}`);
  };
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive((now) => Math.max(0, Math.min(found.length - 1, now + step)));
    } else if (event.key === "Enter") {
      choose(found[active]?.id);
    }
  };

  return (
    <Modal
      open
      onCancel={closeDialog}
      footer={null}
      closable={false}
      width={620}
      style={{ top: 90 }}
    >
      <Input
        autoFocus
        size="large"
        variant="borderless"
        prefix={<Icon name="search" className="faint" />}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        role="combobox"
        aria-expanded="true"
        aria-controls="search-results"
        aria-activedescendant={found[active] === undefined ? undefined : `found-${active}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={move}
      />
      <div className={css.results} role="listbox" id="search-results" tabIndex={-1}>
        {found.map((party, index) => (
          <button
            key={party.id}
            id={`found-${index}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={css.result}
            data-active={index === active}
            onMouseMove={() => setActive(index)}
            onClick={() => choose(party.id)}
          >
            <Avatar name={party.name} size={28} />
            <span className="grow">
              <bdi>{party.name}</bdi> <span className="faint ltr">{party.number}</span>
            </span>
            <Tier tier={party.tier} />
            <span className="faint">{party.phone !== "" && <Phone number={party.phone} />}</span>
          </button>
        ))}
        {trouble !== "" && trouble !== "slow" && (
          <Notice tone="red" icon="wifiOff">
            {code("problem", trouble)}
          </Notice>
        )}
        {found.length === 0 && trouble === "" && !search.isFetching && (
          <Empty icon="search">{t(text.trim() === "" ? "search.hint" : "search.nothing")}</Empty>
        )}
      </div>
    </Modal>
  );
}
