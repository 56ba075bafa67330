/** The ways to the carriers: who is down since when and why, and whose calls were refused. */
import { useQuery } from "@tanstack/react-query";
import { need, type Schemas } from "../../core/api.ts";
import { useDesktop, useSpeech } from "../hooks.ts";
import { Card, Chip, Elapsed, Empty, Lines, type Tone } from "../parts/parts.tsx";
import css from "./supervisor.module.css";

const LOOK_EVERY = 10_000;

const TONES: Readonly<Record<string, Tone>> = {
  registered: "green",
  reachable: "green",
  trying: "amber",
  unregistered: "red",
  unreachable: "red",
};

function useTrunks() {
  const { api } = useDesktop();
  return useQuery({
    queryKey: ["trunks"],
    queryFn: () => need(api.GET("/api/trunks")),
    refetchInterval: LOOK_EVERY,
  });
}

/** All of them, for who sees to them. */
export default function TrunksPage() {
  const { t } = useSpeech();
  const { data } = useTrunks();
  return (
    <div className={css.page}>
      <h1 style={{ fontSize: 18 }}>{t("trunks.title")}</h1>
      {data === undefined ? (
        <Card title={t("trunks.title")}>
          <Lines />
        </Card>
      ) : (
        <TrunkCard found={data} />
      )}
    </div>
  );
}

/** On the floor's page only what somebody should see to. */
export function TrunkTrouble() {
  const { data } = useTrunks();
  if (data === undefined) return null;
  const troubled = data.trunks.filter(
    (trunk) => TONES[trunk.state] === "red" || trunk.refused_numbers + trunk.refused_accounts > 0,
  );
  if (troubled.length === 0) return null;
  return <TrunkCard found={{ trunks: troubled, strangers: [] }} />;
}

function TrunkCard({ found }: { readonly found: Schemas["TrunksView"] }) {
  const { t, formats } = useSpeech();
  return (
    <Card flush title={t("trunks.title")} count={found.trunks.length}>
      {found.trunks.length === 0 ? (
        <div style={{ padding: "0 14px 10px" }}>
          <Empty icon="phone">{t("trunks.none")}</Empty>
        </div>
      ) : (
        <div className={css.scroll}>
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">{t("trunks.trunk")}</th>
                <th scope="col">{t("trunks.state")}</th>
                <th scope="col">{t("trunks.since")}</th>
                <th scope="col">{t("trunks.refused")}</th>
              </tr>
            </thead>
            <tbody>
              {found.trunks.map((trunk) => (
                <TrunkRow key={trunk.id} trunk={trunk} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.strangers.map(({ address, messages, last }) => (
        <p key={address} className="muted" style={{ padding: "0 14px" }}>
          <bdi className="ltr">{address}</bdi>{" "}
          {t("trunks.stranger", { n: messages, at: formats.time(last) })}
        </p>
      ))}
    </Card>
  );
}

function TrunkRow({ trunk }: { readonly trunk: Schemas["TrunkView"] }) {
  const { t, code, formats } = useSpeech();
  const refused = trunk.refused_numbers + trunk.refused_accounts;
  return (
    <tr>
      <td>
        <bdi className="ltr">{trunk.id}</bdi>
      </td>
      <td>
        <Chip tone={TONES[trunk.state] ?? "neutral"}>{code("trunk_state", trunk.state)}</Chip>{" "}
        {trunk.cause !== "" && code("trunk_cause", trunk.cause)}
      </td>
      <td>{trunk.since !== null && <Elapsed since={trunk.since} />}</td>
      <td>
        {refused > 0 && formats.number(refused)}
        {trunk.last_dialled !== "" && (
          <>
            {" · "}
            {t("trunks.last")} <bdi className="ltr num">{trunk.last_dialled}</bdi>
          </>
        )}
      </td>
    </tr>
  );
}
