/** The agent's page. Three columns whose places never change: a call fills them, nothing jumps. */
import { CallWork } from "./CallWork.tsx";
import { Pop } from "./Pop.tsx";
import { QueueStrip } from "./QueueStrip.tsx";
import { Rehearsal } from "./Rehearsal.tsx";
import { Softphone } from "./Softphone.tsx";
import { Today } from "./Today.tsx";
import { Work } from "./Work.tsx";
import css from "./workspace.module.css";

export function Workspace() {
  return (
    <div className={css.page}>
      <div className={css.column}>
        <Softphone />
        <QueueStrip />
      </div>
      <div className={css.column}>
        <Pop />
      </div>
      <div className={css.column}>
        <CallWork />
        <Work />
        <Today />
      </div>
      <Rehearsal />
    </div>
  );
}
