/** The lists of a pop: reasons, suggestions, cases, orders, contacts. */
import type { ReactNode } from "react";
import type {
  CaseLine,
  ContactLine,
  OrderLine,
  Reason,
  Suggestion,
} from "../../core/protocol.gen.ts";
import { useClock, useNames, useSpeech } from "../hooks.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Ago, Card, Chip, Empty, Lines, Meter } from "../parts/parts.tsx";
import { caseTone, orderTone, priorityTone } from "../tones.ts";
import css from "./workspace.module.css";

interface ListProps {
  readonly title: string;
  readonly icon: IconName;
  readonly none: string;
  readonly complete: boolean;
  readonly count: number;
  readonly showCount?: boolean;
  readonly children: ReactNode;
}

function List({ title, icon, none, complete, count, showCount = false, children }: ListProps) {
  return (
    <Card title={title} count={showCount && count > 0 ? count : undefined}>
      {count > 0 ? children : complete ? <Empty icon={icon}>{none}</Empty> : <Lines count={2} />}
    </Card>
  );
}

interface Late {
  readonly complete: boolean;
}

export function Reasons({ reasons, complete }: Late & { readonly reasons: readonly Reason[] }) {
  const { t, code } = useSpeech();
  return (
    <List
      title={t("pop.reasons")}
      icon="compass"
      none={t("pop.no_reasons")}
      complete={complete}
      count={reasons.length}
    >
      {reasons.map((reason) => (
        <div key={`${reason.key} ${reason.subject_id}`} className={`${css.item} ${css.reason}`}>
          <span className={css.score}>
            <Meter value={reason.score} label={t("pop.likely")} tone="accent" />
          </span>
          <span>
            <span className={css.itemTitle}>{code("why_call", reason.key, reason.params)}</span>
            <br />
            <span className="muted">{code("evidence", reason.evidence_key, reason.params)}</span>
          </span>
        </div>
      ))}
    </List>
  );
}

export function Suggestions({
  suggestions,
  complete,
}: Late & { readonly suggestions: readonly Suggestion[] }) {
  const { t, code } = useSpeech();
  return (
    <List
      title={t("pop.suggestions")}
      icon="bulb"
      none={t("pop.no_suggestions")}
      complete={complete}
      count={suggestions.length}
    >
      {suggestions.map((tip) => (
        <div key={`${tip.key} ${tip.subject_id}`} className={`${css.item} ${css.tip}`}>
          <Icon name="bulb" />
          <span>
            <span className={css.itemTitle}>{code("suggest", tip.key, tip.params)}</span>
            <br />
            <span className="muted">{code("suggest_why", tip.reason_key, tip.params)}</span>
          </span>
        </div>
      ))}
    </List>
  );
}

export function Cases({ cases, complete }: Late & { readonly cases: readonly CaseLine[] }) {
  const { t } = useSpeech();
  return (
    <List
      title={t("pop.cases")}
      icon="case"
      none={t("pop.no_cases")}
      complete={complete}
      count={cases.length}
      showCount
    >
      {cases.map((line) => (
        <CaseItem key={line.id} line={line} />
      ))}
    </List>
  );
}

/** Cases that nobody waits for any more; those the customer's page lists too. */
const DONE: ReadonlySet<string> = new Set(["resolved", "closed"]);

/** One case; also used on the customer's page. */
export function CaseItem({ line }: { readonly line: Omit<CaseLine, "kind"> & { kind: string } }) {
  const { t, code, formats } = useSpeech();
  const late = useClock((now) => line.due_at !== null && Date.parse(line.due_at) < now);
  return (
    <div className={css.item}>
      <div className="spread">
        <span className={`${css.itemTitle} ellipsis`}>
          <bdi>{line.subject}</bdi>
        </span>
        <Chip tone={caseTone(line.state)}>{code("case_state", line.state)}</Chip>
      </div>
      <div className="row muted" style={{ flexWrap: "wrap", columnGap: 10, rowGap: 0 }}>
        <span className="ltr">{formats.digits(line.number)}</span>
        <span>{code("case_kind", line.kind)}</span>
        {line.priority !== "normal" && line.priority !== "" && (
          <Chip tone={priorityTone(line.priority)}>{code("priority", line.priority)}</Chip>
        )}
        <Ago at={line.opened_at} />
        {line.due_at !== null && !DONE.has(line.state) && (
          <span style={late ? { color: "var(--red)", fontWeight: 600 } : undefined}>
            {t(late ? "case.overdue_since" : "case.due", { date: formats.dateTime(line.due_at) })}
          </span>
        )}
      </div>
    </div>
  );
}

export function Orders({ orders, complete }: Late & { readonly orders: readonly OrderLine[] }) {
  const { t } = useSpeech();
  return (
    <List
      title={t("pop.orders")}
      icon="box"
      none={t("pop.no_orders")}
      complete={complete}
      count={orders.length}
    >
      {orders.map((line) => (
        <OrderItem key={line.id} line={line} />
      ))}
    </List>
  );
}

/** Orders that nobody waits for any more. */
const SETTLED: ReadonlySet<string> = new Set(["delivered", "cancelled", "returned"]);

/** One order; also used on the customer's page. */
export function OrderItem({ line }: { readonly line: OrderLine }) {
  const { t, code, formats } = useSpeech();
  const late = useClock((now) => line.expected_at !== null && Date.parse(line.expected_at) < now);
  return (
    <div className={css.item}>
      <div className="spread">
        <span className={`${css.itemTitle} ellipsis`}>
          <bdi>{line.item}</bdi>
        </span>
        <Chip tone={orderTone(line.state)}>{code("order_state", line.state)}</Chip>
      </div>
      <div className="row muted" style={{ flexWrap: "wrap", columnGap: 10, rowGap: 0 }}>
        <span className="ltr">{formats.digits(line.number)}</span>
        <bdi className="num">{formats.money(line.total, line.currency)}</bdi>
        <span className="num">{formats.date(line.placed_at)}</span>
        {line.expected_at !== null && !SETTLED.has(line.state) && (
          <span style={late ? { color: "var(--red)", fontWeight: 600 } : undefined}>
            {t("order.expected", { date: formats.date(line.expected_at) })}
          </span>
        )}
      </div>
    </div>
  );
}

export function Contacts({
  contacts,
  complete,
}: Late & { readonly contacts: readonly ContactLine[] }) {
  const { t } = useSpeech();
  return (
    <List
      title={t("pop.contacts")}
      icon="history"
      none={t("pop.no_contacts")}
      complete={complete}
      count={contacts.length}
    >
      {contacts.map((line) => (
        <ContactItem key={line.id} line={line} />
      ))}
    </List>
  );
}

const CHANNEL_ICONS: Readonly<Record<string, IconName>> = {
  voice: "phone",
  phone: "phone",
  call: "phone",
  email: "mail",
  chat: "chat",
};

function ContactItem({ line }: { readonly line: ContactLine }) {
  const { code, formats, t } = useSpeech();
  const queue = useNames().queue(line.queue, line.queue);
  return (
    <div className={`${css.item} ${css.tip}`}>
      <Icon name={CHANNEL_ICONS[line.channel] ?? "chat"} />
      <span>
        <span className="spread">
          <span className="row" style={{ flexWrap: "wrap", rowGap: 0 }}>
            <span className={css.itemTitle}>
              {line.disposition === ""
                ? code("direction", line.direction)
                : code("disposition", line.disposition)}
            </span>
            {line.party_name !== "" && <bdi>{line.party_name}</bdi>}
            <span className="muted">
              {[queue, line.agent].filter((part) => part !== "").join(" · ")}
            </span>
          </span>
          <span className="row faint">
            {line.talked_s > 0 && (
              <span>{t("contact.talked", { time: formats.about(line.talked_s) })}</span>
            )}
            <Ago at={line.at} />
          </span>
        </span>
        {line.summary !== "" && (
          <span className="muted">
            <bdi>{line.summary}</bdi>
          </span>
        )}
      </span>
    </div>
  );
}
