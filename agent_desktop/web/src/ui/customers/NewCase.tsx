/** A new case for a customer. */
import { useQueryClient } from "@tanstack/react-query";
import { Input, Modal, Select } from "antd";
import { useState } from "react";
import { need, type Schemas } from "../../core/api.ts";
import { useDesktop, useSpeech } from "../hooks.ts";
import { Field } from "../parts/parts.tsx";
import { useTry } from "../tell.ts";
import { DueChoice } from "../workspace/DueChoice.tsx";
import css from "./customers.module.css";
import { keys } from "./queries.ts";

type Body = Schemas["NewCaseBody"];
type Kind = NonNullable<Body["kind"]>;
type Priority = NonNullable<Body["priority"]>;

const KINDS: readonly Kind[] = ["enquiry", "request", "complaint", "return"];
const PRIORITIES: readonly Priority[] = ["low", "normal", "high", "urgent"];

interface NewCaseProps {
  readonly party: string;
  readonly onClose: () => void;
}

export function NewCase({ party, onClose }: NewCaseProps) {
  const { t, code } = useSpeech();
  const { api } = useDesktop();
  const attempt = useTry();
  const queries = useQueryClient();
  const [subject, setSubject] = useState("");
  const [description, setDescription] = useState("");
  const [kind, setKind] = useState<Kind>("request");
  const [priority, setPriority] = useState<Priority>("normal");
  const [due, setDue] = useState("");
  const [busy, setBusy] = useState(false);

  const save = async () => {
    setBusy(true);
    const body: Body = {
      party_id: party,
      subject: subject.trim(),
      description,
      kind,
      priority,
      due_at: due === "" ? null : due,
    };
    const done = await attempt(need(api.POST("/api/cases", { body })));
    setBusy(false);
    if (!done) return;
    await queries.invalidateQueries({ queryKey: keys.party(party) });
    onClose();
  };
  return (
    <Modal
      open
      title={t("case.new")}
      okText={t("case.save")}
      onOk={() => void save()}
      okButtonProps={{ disabled: subject.trim() === "", loading: busy }}
      onCancel={onClose}
    >
      <div className="stack">
        <Field label={t("case.subject")}>
          <Input
            autoFocus
            maxLength={200}
            value={subject}
            onChange={(e) => setSubject(e.target.value)}
          />
        </Field>
        <Field label={t("case.description")}>
          <Input.TextArea
            rows={3}
            maxLength={8000}
            value={description}
            onChange={(e) => setDescription(e.target.value)}
          />
        </Field>
        <div className={css.formGrid}>
          <Field label={t("case.kind")}>
            <Select<Kind>
              value={kind}
              onChange={setKind}
              options={KINDS.map((value) => ({ value, label: code("case_kind", value) }))}
            />
          </Field>
          <Field label={t("case.priority")}>
            <Select<Priority>
              value={priority}
              onChange={setPriority}
              options={PRIORITIES.map((value) => ({ value, label: code("priority", value) }))}
            />
          </Field>
        </div>
        <DueChoice value={due} required={false} onChange={setDue} />
      </div>
    </Modal>
  );
}
