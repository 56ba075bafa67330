/** The centre of the page: who is calling and why, from the moment her phone rings. */
import { Button } from "antd";
import { useEffect, useState } from "react";
import type { Pop as PopView } from "../../core/protocol.gen.ts";
import { phaseOf, popInHand, reachability } from "../../core/selectors.ts";
import { useParty } from "../customers/queries.ts";
import { openDialog } from "../dialogs.ts";
import { useDesktop, useObservable, useOwn, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Card, Chip, Keys, Lines, Notice, Phone } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { Candidates } from "./Candidates.tsx";
import { NewOrAttach } from "./NewOrAttach.tsx";
import { PartyCard } from "./PartyCard.tsx";
import { Cases, Contacts, Orders, Reasons, Suggestions } from "./PopLists.tsx";
import css from "./workspace.module.css";

export function Pop() {
  const own = useOwn();
  const phase = phaseOf(own);
  const pop = useLastPop(popInHand(own), own.wrap_up?.call);
  if (phase === "idle" || phase === "away") return <Idle />;
  if (pop !== null) return <PopOf key={pop.call} pop={pop} />;
  if (own.wrap_up?.party_id != null) return <Remembered party={own.wrap_up.party_id} />;
  return <Waiting />;
}

/** The pop stays during the after-call work, when the server no longer sends it. */
function useLastPop(pop: PopView | null, wrapUpCall: string | undefined): PopView | null {
  const [last, setLast] = useState(pop);
  useEffect(() => {
    if (pop !== null) setLast(pop);
  }, [pop]);
  if (pop !== null) return pop;
  return last !== null && last.call === wrapUpCall ? last : null;
}

function PopOf({ pop }: { readonly pop: PopView }) {
  const { t } = useSpeech();
  const [choosing, setChoosing] = useState(false);
  const undecided = pop.party === null;
  const several = pop.candidates.length > 0 && (undecided || choosing);
  useEffect(() => {
    if (!undecided) setChoosing(false);
  }, [undecided]);

  return (
    <>
      <CallStrip pop={pop} />
      {pop.party !== null && (
        <PartyCard
          party={pop.party}
          alerts={pop.alerts}
          verified={pop.verified}
          extra={
            <Button size="small" type="text" onClick={() => setChoosing((open) => !open)}>
              {t(choosing ? "pop.keep" : "pop.someone_else")}
            </Button>
          }
        />
      )}
      {pop.party === null && !several && (
        <Card>
          <Notice icon="user">
            <strong>{t(`ani.${pop.ani_kind}`)}</strong> · <Phone number={pop.ani} />
            <br />
            {t(pop.complete ? "pop.none" : "pop.looking")}
          </Notice>
        </Card>
      )}
      {several && <Candidates pop={pop} />}
      {(choosing || (undecided && pop.complete)) && (
        <NewOrAttach call={pop.call} ani={pop.ani} secondary={several} />
      )}
      {(pop.party !== null || pop.reasons.length > 0) && !choosing && (
        <div className={css.grid}>
          <Reasons reasons={pop.reasons} complete={pop.complete} />
          <Suggestions suggestions={pop.suggestions} complete={pop.complete} />
          {pop.party !== null && (
            <>
              <Cases cases={pop.cases} complete={pop.complete} />
              <Orders orders={pop.orders} complete={pop.complete} />
            </>
          )}
        </div>
      )}
      {(pop.party !== null || pop.contacts.length > 0) && !choosing && (
        <Contacts contacts={pop.contacts} complete={pop.complete} />
      )}
    </>
  );
}

/** The way this call came: number, language, steps in the menu, how long it waited. */
function CallStrip({ pop }: { readonly pop: PopView }) {
  const { t, code, formats } = useSpeech();
  const { offer, call } = useOwn();
  const waited = useFirst(offer?.call === pop.call ? offer.waited_s : undefined);
  const language = useFirst((offer ?? call)?.language) ?? "";
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
      {pop.ivr_path.length > 0 && (
        <span className={css.path} title={t("pop.path")}>
          {pop.ivr_path.map((step, index) => (
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
  useEffect(() => {
    if (value !== undefined) setFirst((before) => before ?? value);
  }, [value]);
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

/** No call: say what would be needed for one to come. */
function Idle() {
  const { t, code } = useSpeech();
  const desktop = useDesktop();
  const kind = useObservable(desktop.phoneKind);
  const own = useOwn();
  const { me } = own;
  const ready = me?.state === "ready";
  const reach = kind === "desk" && me?.desktop ? "reachable" : reachability(own);
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
              : me.reason === "rona" || me.reason === "refused"
                ? t(`idle.${me.reason}`)
                : t("idle.not_ready_text")}
          </p>
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
