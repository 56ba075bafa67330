/** The agents: state, since when, with whom; a supervisor may change a state, and undo it. */
import { App, Button, Dropdown } from "antd";
import type { Names } from "../../core/names.ts";
import type { AgentRow } from "../../core/protocol.gen.ts";
import { isFree } from "../../core/selectors.ts";
import type { Command } from "../../core/socket.ts";
import { useDesktop, useNames, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Chip, Dot, Elapsed, Empty, useCallerText } from "../parts/parts.tsx";
import { useTry } from "../tell.ts";
import { agentTone } from "../tones.ts";
import { Columns } from "./Columns.tsx";
import css from "./supervisor.module.css";

interface AgentTableProps {
  readonly agents: readonly AgentRow[];
  /** Only those whose name has this in it. */
  readonly filter: string;
  readonly onCall: (call: string) => void;
}

/** Rows shown at once; the filter finds the others. */
const MOST = 200;

/** In these she finishes first what she has begun. */
const AT_WORK: ReadonlySet<string> = new Set(["reserved", "talking", "held", "wrap_up"]);
const COLUMNS = ["20%", "26%", "8%", undefined, "7%", "8%", "54px"] as const;

export function AgentTable({ agents, filter, onCall }: AgentTableProps) {
  const { t, code, formats } = useSpeech();
  const names = useNames();
  const callerText = useCallerText();
  const stateOf = ({ state, reason }: AgentRow) =>
    state === "not_ready" && reason !== "" ? code("reason", reason) : code("state", state);
  const wanted = filter.trim().toLowerCase();
  const rows = agents
    .filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(wanted))
    .sort((a, b) => Number(isOff(a)) - Number(isOff(b)) || a.name.localeCompare(b.name))
    .slice(0, MOST);
  if (rows.length === 0) {
    return (
      <div style={{ padding: "0 14px 10px" }}>
        <Empty icon="users">{t("supervisor.no_agents")}</Empty>
      </div>
    );
  }
  return (
    <div className={css.scroll}>
      <table className={`${css.table} ${css.steady}`}>
        <Columns widths={COLUMNS} />
        <thead>
          <tr>
            <th scope="col">{t("agent.name")}</th>
            <th scope="col">{t("agent.state")}</th>
            <th scope="col" className={css.n}>
              {t("agent.for")}
            </th>
            <th scope="col">{t("agent.caller")}</th>
            <th scope="col" className={css.n}>
              {t("agent.handled")}
            </th>
            <th scope="col" className={css.n}>
              {t("agent.occupancy")}
            </th>
            <th scope="col">
              <span className="sr-only">{t("agent.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((agent) => (
            <tr key={agent.id}>
              <td>
                <span className="row" title={skillsText(agent.skills, names, formats.digits)}>
                  <Avatar name={agent.name} size={24} />
                  <span className="ellipsis">{agent.name}</span>
                </span>
              </td>
              <td>
                <span className="row">
                  <Dot
                    tone={
                      agent.state === "ready" && !isFree(agent) ? "amber" : agentTone(agent.state)
                    }
                  />
                  <span className="ellipsis" title={stateOf(agent)}>
                    {stateOf(agent)}
                  </span>
                  {!isOff(agent) && !(agent.phone && agent.desktop) && (
                    <Chip tone="amber">
                      {t(agent.desktop ? "reach.short_phone" : "reach.short_desktop")}
                    </Chip>
                  )}
                </span>
              </td>
              <td className={css.n}>{!isOff(agent) && <Elapsed since={agent.since} />}</td>
              <td>
                {agent.call !== "" && (
                  <button
                    type="button"
                    className={css.linkButton}
                    onClick={() => onCall(agent.call)}
                  >
                    <bdi>{callerText(agent.caller)}</bdi>
                  </button>
                )}{" "}
                {agent.call !== "" && (
                  <span className="faint">{names.queue(agent.queue, agent.queue_name)}</span>
                )}
              </td>
              <td className={css.n}>{formats.number(agent.handled)}</td>
              <td className={css.n}>{formats.percent(agent.occupancy)}</td>
              <td className={css.n}>
                <Force agent={agent} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const isOff = ({ state }: AgentRow) => state === "logged_out";

function skillsText(
  skills: Readonly<Record<string, number>>,
  names: Names,
  digits: (text: string) => string,
): string {
  return Object.entries(skills)
    .map(([skill, level]) => `${names.skill(skill)} ${digits(String(level))}`)
    .join(" · ");
}

type ForceType = "force_ready" | "force_not_ready" | "force_log_out";

function Force({ agent }: { readonly agent: AgentRow }) {
  const { t } = useSpeech();
  const { ask } = useDesktop();
  const { modal, message } = App.useApp();
  const attempt = useTry();

  const force = async (type: ForceType, undo: ForceType | null) => {
    const command: Command = { type, agent: agent.id };
    const when = AT_WORK.has(agent.state) ? "later" : "done";
    if (!(await attempt(ask(command)))) return;
    const key = `force ${agent.id}`;
    void message.success({
      key,
      duration: 6,
      content: (
        <span>
          {t(`force.${when}_${type}`, { name: agent.name })}{" "}
          {undo !== null && (
            <Button
              size="small"
              type="link"
              onClick={() => {
                message.destroy(key);
                void attempt(ask({ type: undo, agent: agent.id }));
              }}
            >
              {t("force.undo")}
            </Button>
          )}
        </span>
      ),
    });
  };
  const confirmLogOut = () =>
    void modal.confirm({
      title: t("force.log_out_title", { name: agent.name }),
      content: t("force.log_out_text"),
      okText: t("force.log_out"),
      okButtonProps: { danger: true },
      autoFocusButton: "cancel",
      onOk: () => force("force_log_out", null),
    });
  return (
    <Dropdown
      autoFocus
      trigger={["click"]}
      disabled={isOff(agent)}
      menu={{
        items: [
          {
            key: "ready",
            icon: <Dot tone="green" />,
            label: t("force.ready"),
            disabled: agent.state === "ready",
            onClick: () => void force("force_ready", "force_not_ready"),
          },
          {
            key: "not_ready",
            icon: <Dot tone="red" />,
            label: t("force.not_ready"),
            disabled: agent.state === "not_ready",
            onClick: () =>
              void force("force_not_ready", agent.state === "ready" ? "force_ready" : null),
          },
          { type: "divider" },
          { key: "out", danger: true, label: t("force.log_out"), onClick: confirmLogOut },
        ],
      }}
    >
      <Button
        type="text"
        size="small"
        icon={<Icon name="more" />}
        aria-label={`${t("agent.actions")}: ${agent.name}`}
      />
    </Dropdown>
  );
}
