/** A call that is over: file it, or correct what was filed. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useEffect, useState } from "react";
import { need, type Schemas } from "../../core/api.ts";
import { useCases } from "../customers/queries.ts";
import { useDesktop, useNames, useObservable, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Keys, Lines, Notice, Phone } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { useShortcut } from "../shortcuts.ts";
import { codeOf, useTry } from "../tell.ts";
import { closeContact, contactShown } from "./contact_shown.ts";
import {
  type Draft,
  type DraftKeeper,
  draftFrom,
  EMPTY,
  forgetDraft,
  formOf,
  keeperOf,
  missingIn,
} from "./drafts.ts";
import { OutcomeForm } from "./OutcomeForm.tsx";
import { readAgain, workKeys } from "./work_queries.ts";
import css from "./workspace.module.css";

type Contact = Schemas["ContactView"];

export default function ContactDialog() {
  const id = useObservable(contactShown);
  const { t, code } = useSpeech();
  const { api } = useDesktop();
  const { data, error } = useQuery({
    queryKey: workKeys.contact(id),
    queryFn: () => need(api.GET("/api/contacts/{contact}", { params: { path: { contact: id } } })),
    enabled: id !== "",
    staleTime: 0,
    gcTime: 0,
  });
  if (id === "") return null;
  return (
    <Modal
      open
      width={440}
      title={t(data?.disposition === "" ? "contact.file" : "contact.correct")}
      footer={null}
      onCancel={closeContact}
    >
      {error !== null ? (
        <Notice tone="red" icon="alert">
          {code("problem", codeOf(error))}
        </Notice>
      ) : data === undefined ? (
        <Lines count={5} />
      ) : (
        <Filing key={data.id} contact={data} />
      )}
    </Modal>
  );
}

/** What the form begins with: what was written and not filed, else what was filed. */
function firstDraft(contact: Contact): Draft {
  if (contact.draft !== null && contact.disposition === "") return draftFrom(contact.draft);
  const { note, disposition } = contact;
  return { ...EMPTY, note, disposition, caseId: contact.case_id ?? "" };
}

function Filing({ contact }: { readonly contact: Contact }) {
  const { t, formats } = useSpeech();
  const { api } = useDesktop();
  const attempt = useTry();
  const queries = useQueryClient();
  const names = useNames();
  const cases = useCases(contact.party_id ?? "").data?.items ?? [];
  const filed = contact.disposition !== "";
  // What is not filed yet goes to the server while it is written; a correction is sent when asked.
  const [keeper] = useState<DraftKeeper | null>(() =>
    filed ? null : keeperOf(contact.call, api, () => firstDraft(contact)),
  );
  const [draft, setDraft] = useState(() => keeper?.draft.get() ?? firstDraft(contact));
  const [version, setVersion] = useState(contact.version);
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);
  const theirs = contact.version !== version;
  useEffect(() => () => keeper?.flush(), [keeper]);
  useEffect(() => keeper?.draft.subscribe(() => setDraft(keeper.draft.get())), [keeper]);

  const change = (next: Draft) => {
    setDraft(next);
    setChanged(true);
    keeper?.change(next);
  };
  const missing = missingIn(draft);
  const save = async () => {
    if (missing !== "" || busy || (filed && !changed)) return;
    setBusy(true);
    keeper?.stop();
    const asked = api.PUT("/api/contacts/{contact}/outcome", {
      params: { path: { contact: contact.id } },
      body: { ...formOf(draft), version },
    });
    const done = await attempt(need(asked));
    setBusy(false);
    if (done) {
      forgetDraft(contact.call);
      closeContact();
    } else {
      keeper?.resume();
    }
    await readAgain(queries, contact.party_id);
  };
  useShortcut("finish", () => void save());

  return (
    <div className={css.filing}>
      <div className={css.filingHead}>
        {contact.party_id === null ? (
          <Phone number={contact.number} />
        ) : (
          <Link to={`/customers/${contact.party_id}`}>
            <bdi>{contact.party_name}</bdi>
          </Link>
        )}
        <span className="muted num">{formats.dateTime(contact.at)}</span>
        <span className="muted">{names.queue(contact.queue, contact.queue)}</span>
        <span className="faint">
          <bdi>{contact.agent}</bdi>
        </span>
      </div>
      {theirs && (
        <Notice
          tone="amber"
          action={
            <Button size="small" onClick={() => setVersion(contact.version)}>
              {t("contact.keep_mine")}
            </Button>
          }
        >
          {t("contact.changed_meanwhile", { note: contact.note })}
        </Notice>
      )}
      {contact.tasks.length > 0 && (
        <p className="muted">
          <Icon name="clock" size={14} />{" "}
          {t("contact.promised", { n: contact.tasks.length, at: contact.tasks.at(-1)?.due_at })}
        </p>
      )}
      <OutcomeForm draft={draft} onChange={change} enabled cases={cases} name="filing" />
      <Button
        type="primary"
        block
        loading={busy}
        disabled={missing !== "" || theirs || (filed && !changed)}
        onClick={() => void save()}
      >
        {missing !== "" ? (
          t(missing)
        ) : (
          <>
            {t(filed ? "contact.save" : "contact.finish")} <Keys id="finish" />
          </>
        )}
      </Button>
    </div>
  );
}
