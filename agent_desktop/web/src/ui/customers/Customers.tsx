/** Customers: search, and one customer's page. */
import { Button, Input } from "antd";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Schemas } from "../../core/api.ts";
import { useSettled, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Card, Chip, Empty, Lines, Notice, Phone, Tier } from "../parts/parts.tsx";
import { go, Link, useAsked, usePath } from "../router.tsx";
import { listAddress, partyAddress } from "./addresses.ts";
import css from "./customers.module.css";
import { PartyPage } from "./PartyPage.tsx";
import { type PartyPages, usePartyPages, useTrouble } from "./queries.ts";

export default function Customers() {
  const id = usePath().split("/")[2] ?? "";
  return id === "" ? <PartyList /> : <PartyPage key={id} id={id} />;
}

function PartyList() {
  const { t, code } = useSpeech();
  const { q, text, setText } = useSearchText();
  const asked = text.trim() !== "";
  const pages = usePartyPages(q);
  const { data, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const trouble = useTrouble(pages);
  const answered = trouble === "" ? data : undefined;
  const found = eachOnce(answered?.pages.flatMap(({ items }) => items) ?? []);
  const list = useRef<HTMLDivElement>(null);
  const at = useReturn(list, found, pages);
  /** Where the keyboard goes on once more rows are there. */
  const goOnAt = useRef(0);
  useEffect(() => {
    document.title = `${t("nav.customers")} · Parley`;
  }, [t]);
  useEffect(() => {
    if (goOnAt.current === 0 || found.length <= goOnAt.current) return;
    list.current?.querySelectorAll("a")[goOnAt.current]?.focus({ preventScroll: true });
    goOnAt.current = 0;
  }, [found.length]);
  const showMore = () => {
    goOnAt.current = found.length;
    void fetchNextPage();
  };
  const count = hasNextPage ? "list.some" : "list.all";
  return (
    <div className={css.page}>
      <Input
        autoFocus={at === ""}
        size="large"
        prefix={<Icon name="search" className="faint" />}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        value={text}
        onChange={(event) => {
          goOnAt.current = 0;
          setText(event.target.value);
        }}
      />
      {trouble !== "" && trouble !== "slow" && (
        <Notice tone="red" icon="alert">
          {code("problem", trouble)}
        </Notice>
      )}
      <Card flush>
        {(isPending || trouble === "slow") && (
          <div style={{ padding: 14 }}>
            <Lines count={5} />
          </div>
        )}
        <div ref={list}>
          {found.map((party) => (
            <Row key={party.id} party={party} q={q} />
          ))}
        </div>
        {!isPending && trouble === "" && found.length === 0 && (
          <div style={{ padding: 14 }}>
            <Empty icon="search">{t(asked ? "search.nothing" : "search.hint")}</Empty>
          </div>
        )}
      </Card>
      <div className={css.listEnd}>
        <span className="faint" role="status">
          {found.length > 0 && t(count, { n: found.length })}
        </span>
        {hasNextPage && (
          <Button loading={isFetchingNextPage} onClick={showMore}>
            {t("list.more")}
          </Button>
        )}
      </div>
    </div>
  );
}

type Found = Schemas["PartyRowView"];

/** A customer who moved down between two pages came twice. */
const eachOnce = (rows: readonly Found[]): readonly Found[] => [
  ...new Map(rows.map((row) => [row.id, row])).values(),
];

/** The text that is written, and the one that is searched for and kept in the address. */
function useSearchText() {
  const q = useAsked("q");
  const [text, setText] = useState(q);
  const settled = useSettled(text.trim(), 200);
  const kept = useRef(q);
  useEffect(() => {
    if (settled === kept.current) return;
    kept.current = settled;
    go(listAddress(settled), { replace: true });
  }, [settled]);
  useEffect(() => {
    if (q === kept.current) return;
    kept.current = q;
    setText(q);
  }, [q]);
  return { q, text, setText };
}

/** So many pages are fetched to find the place again. */
const SOUGHT = 20;

/** Goes back to the customer who was opened from the list; returns who that is. */
function useReturn(
  list: RefObject<HTMLDivElement | null>,
  found: readonly Found[],
  { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage }: PartyPages,
): string {
  const at = useAsked("at");
  const wanted = useRef(at);
  useEffect(() => {
    if (at === "") wanted.current = "";
    if (wanted.current === "" || isPending || isFetchingNextPage) return;
    const place = found.findIndex(({ id }) => id === wanted.current);
    const more = hasNextPage && error === null && (data?.pages.length ?? 0) < SOUGHT;
    if (place < 0 && more) {
      void fetchNextPage();
      return;
    }
    wanted.current = "";
    const row = list.current?.querySelectorAll("a")[place];
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
  });
  return at;
}

function Row({ party, q }: { readonly party: Found; readonly q: string }) {
  const { t, formats } = useSpeech();
  return (
    <Link to={partyAddress(party.id, q)} leaving={listAddress(q, party.id)} className={css.row}>
      <Avatar name={party.name} size={30} />
      <span className="row">
        <strong className="ellipsis">
          <bdi>{party.name}</bdi>
        </strong>
        <Tier tier={party.tier} />
        {party.why === "match.similar" && <Chip>{t("match.similar")}</Chip>}
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
  );
}
