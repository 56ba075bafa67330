/** Devices and a self-test, so that a bad headset is found before a caller finds it. */
import { Button, Modal, Select } from "antd";
import { useCallback, useEffect, useState } from "react";
import { keepDevices, keptDevices, Ringer } from "../../core/media.ts";
import type { Devices } from "../../core/phone.ts";
import {
  type StepName,
  type StepResult,
  testMicrophone,
  testServer,
  testWebRtc,
} from "../../core/self_test.ts";
import { closeDialog } from "../dialogs.ts";
import { useDesktop, useObservable, usePhone, useSpeech } from "../hooks.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Field, Meter } from "../parts/parts.tsx";
import css from "./workspace.module.css";

const WAITING: StepResult = { state: "waiting", finding: "" };
const STEPS: readonly StepName[] = ["microphone", "server", "line", "webrtc"];
const RING_FOR = 1_800;

export default function PhoneDialog() {
  const { t } = useSpeech();
  const { phone, state } = usePhone();
  const desktop = useDesktop();
  const desk = useObservable(desktop.phoneKind) === "desk";
  const [devices, setDevices] = useState(keptDevices);
  const { microphones, speakers, refresh } = useDeviceList();
  const [results, setResults] = useState<Partial<Record<StepName, StepResult>>>({});
  const [level, setLevel] = useState(0);
  const [running, setRunning] = useState(false);

  const choose = (change: Partial<Devices>) => {
    const next = { ...devices, ...change };
    setDevices(next);
    keepDevices(next);
    void phone?.use(next);
  };
  const put = (name: StepName, result: StepResult) =>
    setResults((before) => ({ ...before, [name]: result }));
  const run = async () => {
    setRunning(true);
    setResults({});
    const running: StepResult = { state: "running", finding: "" };
    put("microphone", running);
    put("microphone", await testMicrophone(devices.microphone, setLevel));
    refresh(); // names of devices are told once the microphone was allowed
    put("server", running);
    put("server", await testServer());
    put(
      "line",
      desk || state.line === "ready"
        ? { state: "ok", finding: desk ? "line.desk" : "line.ready" }
        : { state: "bad", finding: `line.${state.line}` },
    );
    put("webrtc", running);
    put("webrtc", await testWebRtc(desktop.iceServers));
    setRunning(false);
  };
  const ring = () => {
    const ringer = new Ringer();
    ringer.start();
    setTimeout(() => ringer.stop(), RING_FOR);
  };

  return (
    <Modal open title={t("phone.title")} onCancel={closeDialog} footer={null} width={500}>
      <div className="stack">
        <Field label={t("device.microphone")}>
          <Select
            value={devices.microphone}
            onChange={(microphone) => choose({ microphone })}
            options={[{ value: "", label: t("device.default") }, ...microphones]}
          />
        </Field>
        <Meter value={level} label={t("device.microphone")} />
        <Field label={t("device.speaker")}>
          <span className="row">
            <Select
              className="grow"
              value={devices.speaker}
              onChange={(speaker) => choose({ speaker })}
              options={[{ value: "", label: t("device.default") }, ...speakers]}
            />
            <Button onClick={ring} icon={<Icon name="speaker" />}>
              {t("device.ring")}
            </Button>
          </span>
        </Field>
        <div className={css.test}>
          {STEPS.map((name) => (
            <Step key={name} name={name} result={results[name] ?? WAITING} />
          ))}
        </div>
        <Button type="primary" loading={running} onClick={() => void run()}>
          {t(running ? "test.speak" : "test.run")}
        </Button>
      </div>
    </Modal>
  );
}

const MARKS: Readonly<Record<StepResult["state"], IconName>> = {
  waiting: "more",
  running: "clock",
  ok: "check",
  warn: "alert",
  bad: "close",
};

function Step({ name, result }: { readonly name: StepName; readonly result: StepResult }) {
  const { t } = useSpeech();
  return (
    <div className={css.step} data-state={result.state}>
      <Icon name={MARKS[result.state]} />
      <span>{t(`test.${name}`)}</span>
      <span className="muted">{result.finding !== "" && t(result.finding, result.params)}</span>
    </div>
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

function useDeviceList() {
  const [found, setFound] = useState<readonly MediaDeviceInfo[]>([]);
  const refresh = useCallback(() => {
    void navigator.mediaDevices?.enumerateDevices().then(setFound, () => setFound([]));
  }, []);
  useEffect(() => {
    refresh();
    navigator.mediaDevices?.addEventListener("devicechange", refresh);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", refresh);
  }, [refresh]);
  const of = (kind: MediaDeviceKind): Choice[] =>
    found
      .filter((device) => device.kind === kind && device.deviceId !== "" && device.label !== "")
      .filter(({ deviceId }) => deviceId !== "default" && deviceId !== "communications")
      .map(({ deviceId, label }) => ({ value: deviceId, label }));
  return { microphones: of("audioinput"), speakers: of("audiooutput"), refresh };
}
