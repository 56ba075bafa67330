/** The centre of the page: who is calling and why, from the moment her phone rings. */
import { Button } from "antd";
import { memo, useDeferredValue, useState } from "react";
import type { Pop as PopView } from "../../core/protocol.gen.ts";
import { phaseOf, popInHand, reachability } from "../../core/selectors.ts";
import { useParty } from "../customers/queries.ts";
import { openDialog } from "../dialogs.ts";
import { useDesktop, useObservable, useOwn, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Card, Chip, Keys, Lines, Notice, Phone } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { Candidates } from "./Candidates.tsx";
import { useLastPop } from "./last_pop.ts";
import { NewOrAttach } from "./NewOrAttach.tsx";
import { PartyCard } from "./PartyCard.tsx";
import { Cases, Contacts, Orders, Reasons, Suggestions } from "./PopLists.tsx";
import css from "./workspace.module.css";

export function Pop() {
  const phase = useOwn(phaseOf);
  const wrapUp = useOwn((own) => own.wrap_up);
  const pop = useLastPop(useOwn(popInHand), wrapUp?.call);
  if (phase === "idle" || phase === "away") return <Idle />;
  if (pop !== null) return <PopOf key={pop.call} pop={pop} />;
  if (wrapUp?.party_id != null) return <Remembered party={wrapUp.party_id} />;
  return <Waiting />;
}

/**
 * Who it is comes first and is painted at once; what else is known of her follows as soon as that
 * is on the screen. The call is the key, so that nothing of another call can be left over.
 */
export const PopOf = memo(({ pop }: { readonly pop: PopView }) => {
  const { t } = useSpeech();
  const [choosing, setChoosing] = useState(false);
  const [decided, setDecided] = useState(pop.party !== null);
  const undecided = pop.party === null;
  if (decided === undecided) {
    setDecided(!undecided);
    if (!undecided) setChoosing(false);
  }
  const candidates = pop.candidates.filter((one) => one.party_id !== pop.party?.id);
  const several = candidates.length > 0 && (undecided || choosing);
  const soon = useDeferredValue<PopView | null>(pop, null);
  const more = soon !== null && soon.party?.id === pop.party?.id ? soon : null;
  const searching = choosing || (undecided && pop.complete);

  return (
    <>
      <CallStrip pop={pop} />
      {pop.party !== null && (
        <PartyCard
          party={pop.party}
          alerts={pop.alerts}
          verified={pop.verified}
          likely={pop.state === "likely"}
          others={pop.state === "many" ? candidates.length : 0}
          call={pop.call}
          choosing={choosing}
          onChoosing={setChoosing}
        />
      )}
      {undecided && !several && (
        <Card>
          <Notice icon="user">
            <strong>{t(`ani.${pop.ani_kind}`)}</strong>
            {pop.ani_kind !== "anonymous" && (
              <>
                {" · "}
                <Phone number={pop.ani} />
              </>
            )}
            <br />
            {t(
              !pop.complete
                ? "pop.looking"
                : pop.ani_kind === "anonymous"
                  ? "pop.none_withheld"
                  : "pop.none",
            )}
          </Notice>
        </Card>
      )}
      {several && <Candidates pop={pop} candidates={candidates} />}
      {searching && more !== null && (
        <NewOrAttach call={pop.call} ani={pop.ani} secondary={several} />
      )}
      {more !== null && !choosing && <Rest pop={more} />}
    </>
  );
});

/** What may be on the screen a moment later than the name. */
const Rest = memo(({ pop }: { readonly pop: PopView }) => {
  const { party, complete } = pop;
  return (
    <>
      {(party !== null || pop.reasons.length > 0) && (
        <div className={css.grid}>
          <Reasons reasons={pop.reasons} complete={complete} />
          <Suggestions suggestions={pop.suggestions} complete={complete} />
          {party !== null && (
            <>
              <Cases cases={pop.cases} complete={complete} />
              <Orders orders={pop.orders} complete={complete} />
            </>
          )}
        </div>
      )}
      {(party !== null || pop.contacts.length > 0) && (
        <Contacts contacts={pop.contacts} complete={complete} />
      )}
    </>
  );
});

/** Steps that led to a language and a queue: both are on the page anyway. */
const SAID_ELSEWHERE = /^ivr\.(language|queue)\./;

/** The way this call came: number, language, steps in the menu, how long it waited. */
function CallStrip({ pop }: { readonly pop: PopView }) {
  const { t, code, formats } = useSpeech();
  const waited = useFirst(
    useOwn(({ offer }) => (offer?.call === pop.call ? offer.waited_s : undefined)),
  );
  const language = useFirst(useOwn((own) => (own.offer ?? own.call)?.language)) ?? "";
  const path = pop.ivr_path.filter((step) => !SAID_ELSEWHERE.test(step));
  return (
    <div className={css.strip}>
      <span className="row">
        <Icon name="phone" size={14} />
        <Phone number={pop.ani} />
        {pop.region !== "" && <span className="faint">{formats.regionName(pop.region)}</span>}
      </span>
      {waited !== undefined && (
        <span className="row">
          <Icon name="clock" size={14} />
          {t("pop.waited", { time: formats.clock(waited) })}
        </span>
      )}
      {language !== "" && (
        <span className="row">
          <Icon name="globe" size={14} />
          {formats.languageName(language)}
        </span>
      )}
      {path.length > 0 && (
        <span className={css.path} title={t("pop.path")}>
          <Icon name="keypad" size={14} />
          {path.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step may be taken twice
            <span key={index} className="row" style={{ gap: 2 }}>
              {index > 0 && <Icon name="next" size={12} />}
              {code("ivr", step)}
            </span>
          ))}
        </span>
      )}
    </div>
  );
}

/** The first value there was: what the offer said stays on screen during the call. */
function useFirst<T>(value: T | undefined): T | undefined {
  const [first, setFirst] = useState(value);
  if (first === undefined && value !== undefined) setFirst(value);
  return first ?? value;
}

function Waiting() {
  return (
    <>
      <div className={css.strip} />
      <Card className={css.party}>
        <Lines count={3} />
      </Card>
      <div className={css.grid}>
        <Card>
          <Lines />
        </Card>
        <Card>
          <Lines />
        </Card>
      </div>
    </>
  );
}

/** After a reload during the after-call work only the party's id is left: look her up. */
function Remembered({ party }: { readonly party: string }) {
  const { data } = useParty(party);
  if (data === undefined) return <Waiting />;
  return (
    <>
      <div className={css.strip} />
      <Card className={css.party}>
        <div className={css.partyName}>
          <Link to={`/customers/${party}`}>
            <bdi>{data.name}</bdi>
          </Link>
        </div>
        <span className="muted ltr">{data.number}</span>
      </Card>
    </>
  );
}

/** Reasons that the floor gives when a call rang and came to nothing. */
const SET_ASIDE: ReadonlySet<string> = new Set([
  "rona",
  "refused",
  "unreachable",
  "phone_forwarded",
]);

/** No call: say what would be needed for one to come. */
function Idle() {
  const { t, code } = useSpeech();
  const desktop = useDesktop();
  const kind = useObservable(desktop.phoneKind);
  const me = useOwn((own) => own.me);
  const reached = useOwn(reachability);
  const ready = me?.state === "ready";
  const reach = kind === "desk" && me?.desktop ? "reachable" : reached;
  return (
    <Card flush className={css.idle}>
      <Icon name="headset" size={40} className="faint" />
      {me === undefined ? (
        <h2>{t("idle.connecting")}</h2>
      ) : (
        <>
          <h2>{ready ? t("idle.ready") : code("state", me.state)}</h2>
          <p>
            {ready
              ? t("idle.ready_text")
              : SET_ASIDE.has(me.reason)
                ? t(`idle.${me.reason}`)
                : t("idle.not_ready_text")}
          </p>
          {me.by !== "" && <p role="status">{t("state.set_by", { name: me.by })}</p>}
          {reach !== "reachable" && (
            <Chip tone="amber" icon="alert">
              {t(`reach.${reach}`)}
            </Chip>
          )}
          {!ready && (
            <Button
              type="primary"
              size="large"
              style={{ marginTop: 8 }}
              onClick={() => void desktop.ask({ type: "go_ready" }).catch(() => undefined)}
            >
              {t("idle.go_ready")} <Keys id="ready" />
            </Button>
          )}
          <Button type="link" onClick={openDialog("phone")}>
            {t("idle.test")}
          </Button>
        </>
      )}
    </Card>
  );
}
