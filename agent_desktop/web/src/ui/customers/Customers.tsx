/** Customers: search, and one customer's page. */
import { Input } from "antd";
import { useEffect, useState } from "react";
import { useSettled, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Card, Empty, Lines, Notice, Phone, Tier } from "../parts/parts.tsx";
import { Link, usePath } from "../router.tsx";
import { codeOf } from "../tell.ts";
import css from "./customers.module.css";
import { PartyPage } from "./PartyPage.tsx";
import { useParties } from "./queries.ts";

export default function Customers() {
  const id = usePath().split("/")[2] ?? "";
  return id === "" ? <PartyList /> : <PartyPage key={id} id={id} />;
}

const MOST = 50;

function PartyList() {
  const { t, code, formats } = useSpeech();
  const [text, setText] = useState("");
  const asked = text.trim() !== "";
  const { data, error, isPending } = useParties(useSettled(text.trim(), 200), MOST);
  const found = data?.items ?? [];
  useEffect(() => {
    document.title = `${t("nav.customers")} · Parley`;
  }, [t]);
  return (
    <div className={css.page}>
      <Input
        autoFocus
        size="large"
        prefix={<Icon name="search" className="faint" />}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {error !== null && (
        <Notice tone="red" icon="alert">
          {code("problem", codeOf(error))}
        </Notice>
      )}
      <Card flush>
        {isPending && (
          <div style={{ padding: 14 }}>
            <Lines count={5} />
          </div>
        )}
        {found.map((party) => (
          <Link key={party.id} to={`/customers/${party.id}`} className={css.row}>
            <Avatar name={party.name} size={30} />
            <span className="row">
              <strong className="ellipsis">
                <bdi>{party.name}</bdi>
              </strong>
              <Tier tier={party.tier} />
            </span>
            <span className="faint ltr" style={{ textAlign: "start" }}>
              {formats.digits(party.number)}
            </span>
            <span className="muted">{party.phone !== "" && <Phone number={party.phone} />}</span>
            <span className="muted ellipsis">{party.city}</span>
            <bdi className="faint ellipsis ltr" style={{ textAlign: "start" }}>
              {party.email}
            </bdi>
          </Link>
        ))}
        {!isPending && found.length === 0 && (
          <div style={{ padding: 14 }}>
            <Empty icon="search">{t(asked ? "search.nothing" : "search.hint")}</Empty>
          </div>
        )}
      </Card>
      {found.length >= MOST && <p className="faint">{t("list.refine", { n: MOST })}</p>}
    </div>
  );
}
