/** One customer: header, cases, orders and everything that happened. */
import { useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { type Ref, useEffect, useRef, useState } from "react";
import { need, Problem, type Schemas } from "../../core/api.ts";
import { dialog } from "../dialogs.ts";
import { useDesktop, useObservable, useSpeech } from "../hooks.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Ago, Card, Empty, Keys, Lines, Notice, Tier } from "../parts/parts.tsx";
import { Link, useAsked } from "../router.tsx";
import { useShortcut } from "../shortcuts.ts";
import { codeOf, useTry } from "../tell.ts";
import { showContact } from "../workspace/contact_shown.ts";
import { CaseItem, OrderItem } from "../workspace/PopLists.tsx";
import { listAddress } from "./addresses.ts";
import css from "./customers.module.css";
import { EditParty, type Fields, type Party, useChangeParty } from "./EditParty.tsx";
import { NewCase } from "./NewCase.tsx";
import { PartyHead } from "./PartyHead.tsx";
import { keys, useCases, useOrders, useParty, usePartyNews, useTimeline } from "./queries.ts";

export function PartyPage({ id }: { readonly id: string }) {
  const { t, code } = useSpeech();
  const party = useParty(id);
  usePartyNews(id);
  const [adding, setAdding] = useState(false);
  const name = party.data?.name ?? "";
  const q = useAsked("q");
  const back = q !== "" && (
    <Link to={listAddress(q, id)} className={css.back}>
      <Icon name="back" size={14} /> {t("party.back")}
    </Link>
  );
  useEffect(() => {
    if (name !== "") document.title = `${name} · Parley`;
  }, [name]);

  if (party.error !== null) {
    const missing = party.error instanceof Problem && party.error.status === 404;
    return (
      <div className={css.page}>
        {back}
        <Notice tone="red" icon="alert">
          {missing ? t("party.missing") : code("problem", codeOf(party.error))}
        </Notice>
      </div>
    );
  }
  return (
    <div className={css.page}>
      {back}
      <Card flush className={css.card}>
        {party.data === undefined ? <Lines count={3} /> : <Head party={party.data} busy={adding} />}
      </Card>
      <div className={css.columns}>
        <Timeline id={id} />
        <div className="stack">
          <Cases id={id} onAdd={() => setAdding(true)} />
          <Orders id={id} />
        </div>
      </div>
      {adding && <NewCase party={id} onClose={() => setAdding(false)} />}
    </div>
  );
}

interface HeadProps {
  readonly party: Party;
  /** Something else is being written, so the key does nothing. */
  readonly busy: boolean;
}

function Head({ party, busy }: HeadProps) {
  const { code } = useSpeech();
  const [editing, setEditing] = useState(false);
  const { said, keep, undo } = useChanges(party);
  const covered = useObservable(dialog) !== "";
  const button = useRef<HTMLButtonElement>(null);
  const edit = () => setEditing(true);
  // Opened by its key, the dialog knows no place to give the keyboard back to.
  const close = () => {
    setEditing(false);
    setTimeout(() => button.current?.focus());
  };
  useShortcut("edit_party", edit, !editing && !busy && !covered);
  return (
    <>
      <PartyHead
        party={party}
        reaches={party.contact_points}
        title={
          <h1>
            <bdi>{party.name}</bdi>
          </h1>
        }
        marks={<Tier tier={party.tier} />}
        kind={party.kind !== "" && <span>{code("party_kind", party.kind)}</span>}
        extra={<HeadActions button={button} said={said} undo={undo} edit={edit} />}
      />
      {editing && (
        <EditParty
          party={party}
          onClose={close}
          onSaved={(saved, before) => {
            keep(saved, before);
            close();
          }}
        />
      )}
    </>
  );
}

interface HeadActionsProps {
  readonly button: Ref<HTMLButtonElement>;
  readonly said: "" | "party.saved" | "party.restored";
  readonly undo: (() => void) | null;
  readonly edit: () => void;
}

function HeadActions({ button, said, undo, edit }: HeadActionsProps) {
  const { t } = useSpeech();
  return (
    <div className={css.said}>
      <span role="status" className="muted">
        {said !== "" && t(said)}
      </span>
      {undo !== null && (
        <Button size="small" type="text" icon={<Icon name="undo" size={14} />} onClick={undo}>
          {t("party.undo")}
        </Button>
      )}
      <Button ref={button} icon={<Icon name="pencil" size={14} />} onClick={edit}>
        {t("party.edit")} <Keys id="edit_party" />
      </Button>
    </div>
  );
}

/** What was changed here last, and the way back. */
function useChanges(party: Party) {
  const queries = useQueryClient();
  const change = useChangeParty();
  const attempt = useTry();
  const [said, setSaid] = useState<HeadActionsProps["said"]>("");
  const [last, setLast] = useState<{ saved: Party; before: Partial<Fields> } | null>(null);
  const show = (saved: Party) => {
    queries.setQueryData(keys.party(party.id), saved);
    void queries.invalidateQueries({ queryKey: keys.lists });
  };
  const keep = (saved: Party, before: Partial<Fields>) => {
    show(saved);
    setSaid("party.saved");
    setLast({ saved, before });
  };
  const goBack = async (given: NonNullable<typeof last>) => {
    setLast(null);
    const restored = await attempt(
      change(given.saved, given.before).then(show, (error: unknown) => {
        if (error instanceof Problem && error.retryable) setLast(given);
        throw error;
      }),
    );
    setSaid(restored ? "party.restored" : "");
    // Refused: what is true now is on the server.
    if (!restored) await queries.invalidateQueries({ queryKey: keys.party(party.id) });
  };
  return { said, keep, undo: last === null ? null : () => void goBack(last) };
}

type Move = NonNullable<Schemas["PatchCaseBody"]["move"]>;

function Cases({ id, onAdd }: { readonly id: string; readonly onAdd: () => void }) {
  const { t } = useSpeech();
  const { data, isPending } = useCases(id);
  return (
    <Card
      title={t("party.cases")}
      count={data?.items.length}
      extra={
        <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={onAdd}>
          {t("case.new")}
        </Button>
      }
    >
      {isPending && <Lines count={3} />}
      {data?.items.length === 0 && <Empty icon="case">{t("party.no_cases")}</Empty>}
      {data?.items.map((item) => (
        <CaseRow key={item.id} item={item} />
      ))}
    </Card>
  );
}

function CaseRow({ item }: { readonly item: Schemas["CaseView"] }) {
  const { t, code } = useSpeech();
  const { api } = useDesktop();
  const attempt = useTry();
  const queries = useQueryClient();
  const lead = async (move: Move) => {
    const asked = api.PATCH("/api/cases/{case}", {
      params: { path: { case: item.id } },
      body: { version: item.version, move },
    });
    await attempt(need(asked));
    // Refused or not, what is true now is on the server.
    await queries.invalidateQueries({ queryKey: keys.party(item.party_id) });
  };
  return (
    <div className={css.caseRow}>
      <CaseItem line={item} />
      {item.moves.length > 0 && (
        <Dropdown
          autoFocus
          trigger={["click"]}
          menu={{
            items: item.moves.map((move) => ({
              key: move,
              label: code("case_move", move),
              onClick: () => void lead(move as Move),
            })),
          }}
        >
          <Button
            size="small"
            type="text"
            icon={<Icon name="more" />}
            aria-label={`${t("case.change")}: ${item.subject}`}
          />
        </Dropdown>
      )}
    </div>
  );
}

function Orders({ id }: { readonly id: string }) {
  const { t } = useSpeech();
  const { data, isPending } = useOrders(id);
  return (
    <Card title={t("party.orders")} count={data?.items.length}>
      {isPending && <Lines count={3} />}
      {data?.items.length === 0 && <Empty icon="box">{t("party.no_orders")}</Empty>}
      {data?.items.map((item) => (
        <OrderItem key={item.id} line={item} />
      ))}
    </Card>
  );
}

const ICONS: readonly (readonly [string, IconName])[] = [
  ["call", "phone"],
  ["interaction", "phone"],
  ["order", "box"],
  ["case", "case"],
  ["callback", "clock"],
  ["task", "clock"],
  ["party", "user"],
  ["note", "chat"],
  ["email", "mail"],
];

const iconOf = (kind: string): IconName =>
  ICONS.find(([start]) => kind.startsWith(start))?.[1] ?? "history";

function Timeline({ id }: { readonly id: string }) {
  const { t, code, formats } = useSpeech();
  const { session } = useDesktop();
  const supervises = session.roles.includes("supervisor");
  const { data, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useTimeline(id);
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card title={t("party.timeline")}>
      {isPending && <Lines count={5} />}
      {!isPending && entries.length === 0 && <Empty icon="history">{t("party.no_timeline")}</Empty>}
      {entries.map((entry) => {
        const { disposition = "", outcome = "" } = entry.params;
        const ended =
          disposition !== ""
            ? code("disposition", disposition)
            : outcome === "completed"
              ? ""
              : code("outcome", outcome);
        return (
          <div key={entry.id} className={css.entry}>
            <Icon name={iconOf(entry.kind)} />
            <span>
              <strong>{code("timeline", entry.kind, entry.params)}</strong>
              {entry.summary !== "" && (
                <>
                  {" "}
                  <bdi>{entry.summary}</bdi>
                </>
              )}
              {ended !== "" && <span className="muted"> {ended}</span>}
              {entry.actor !== "" && <div className="faint">{entry.actor}</div>}
            </span>
            <span className="faint">
              <Ago at={entry.at} />
              {entry.kind === "interaction" && (supervises || entry.actor === session.name) && (
                <Button
                  size="small"
                  type="text"
                  icon={<Icon name="pencil" size={13} />}
                  aria-label={`${t("contact.correct")}: ${formats.dateTime(entry.at)}`}
                  title={t("contact.correct")}
                  onClick={() => showContact(entry.subject_id)}
                />
              )}
            </span>
          </div>
        );
      })}
      {hasNextPage && (
        <Button block loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("list.more")}
        </Button>
      )}
    </Card>
  );
}
