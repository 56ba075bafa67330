/** The supervisor's page: the floor live, and a way into every call. */
import { Button, Input } from "antd";
import { useState } from "react";
import { agentsOf, callsOf, queuesOf, totalsOf } from "../../core/selectors.ts";
import { secondsSince } from "../../core/server_time.ts";
import { useNow, useSpeech, useStore } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Card, type Tone } from "../parts/parts.tsx";
import { go } from "../router.tsx";
import { AgentTable } from "./AgentTable.tsx";
import { CallTable } from "./CallTable.tsx";
import { QueueTable } from "./QueueTable.tsx";
import css from "./supervisor.module.css";
import { TrunkTrouble } from "./Trunks.tsx";
import { levelTone, waitTone } from "./tones.ts";
import { WhyDrawer } from "./WhyDrawer.tsx";

const LONG_WAIT = 20;

export default function Supervisor() {
  const { t, formats } = useSpeech();
  const queues = useStore(queuesOf);
  const agents = useStore(agentsOf);
  const calls = useStore(callsOf);
  const now = useNow();
  const [call, setCall] = useState("");
  const [filter, setFilter] = useState("");
  const totals = totalsOf(queues, agents);
  const oldest = totals.oldestSince === null ? 0 : secondsSince(totals.oldestSince, now);

  return (
    <div className={css.page}>
      <div className="spread">
        <h1 style={{ fontSize: 18 }}>{t("supervisor.title")}</h1>
        <Button icon={<Icon name="screen" />} onClick={() => go("/wallboard")}>
          {t("supervisor.wallboard")}
        </Button>
      </div>
      <div className={css.totals}>
        <Total
          label={t("figure.waiting")}
          value={formats.number(totals.waiting)}
          tone={totals.waiting > 0 ? "amber" : "neutral"}
        />
        <Total
          label={t("figure.longest")}
          value={totals.oldestSince === null ? "–" : formats.clock(oldest)}
          tone={waitTone(oldest, LONG_WAIT)}
        />
        <Total
          label={t("figure.service_level")}
          value={totals.serviceLevel === null ? "–" : formats.percent(totals.serviceLevel)}
          tone={levelTone(totals.serviceLevel)}
        />
        <Total label={t("figure.answered")} value={formats.number(totals.answered)} />
        <Total label={t("figure.abandoned")} value={formats.number(totals.abandoned)} />
        <Total
          label={t("figure.ready")}
          value={formats.number(totals.ready)}
          tone={totals.ready > 0 ? "green" : "neutral"}
        />
        <Total
          label={t("figure.busy_of")}
          value={`${formats.number(totals.busy)} / ${formats.number(totals.signedIn)}`}
        />
      </div>
      <Card flush title={t("supervisor.queues")} count={queues.length}>
        <QueueTable queues={queues} />
      </Card>
      <div className={css.lower}>
        <Card
          flush
          title={t("supervisor.agents")}
          count={agents.length}
          extra={
            <Input
              size="small"
              allowClear
              style={{ width: 150 }}
              prefix={<Icon name="search" size={13} className="faint" />}
              aria-label={t("supervisor.filter")}
              placeholder={t("supervisor.filter")}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          }
        >
          <AgentTable agents={agents} filter={filter} onCall={setCall} />
        </Card>
        <Card flush title={t("supervisor.calls")} count={calls.length}>
          <CallTable calls={calls} agents={agents} onCall={setCall} />
        </Card>
      </div>
      <TrunkTrouble />
      <WhyDrawer call={call} onClose={() => setCall("")} />
    </div>
  );
}

interface TotalProps {
  readonly label: string;
  readonly value: string;
  readonly tone?: Tone;
}

function Total({ label, value, tone = "neutral" }: TotalProps) {
  return (
    <div className={css.total} data-tone={tone}>
      <b className="num">{value}</b>
      <span>{label}</span>
    </div>
  );
}
