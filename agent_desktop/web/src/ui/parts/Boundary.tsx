/**
 * Keeps a fault of one part of the page to that part.
 *
 * Without it React takes the whole page away, and with it the phone: a page whose code was replaced
 * on the server since it was loaded would hang up on the caller at the next click on a link.
 */
import { Button } from "antd";
import { Component, type ReactNode } from "react";
import { useSpeech } from "../hooks.ts";
import { Notice } from "./parts.tsx";

interface BoundaryProps {
  readonly children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { readonly failed: boolean }> {
  override readonly state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useSpeech();
  return (
    <div style={{ padding: 16 }}>
      <Notice
        tone="red"
        icon="alert"
        action={<Button onClick={() => location.reload()}>{t("broken.reload")}</Button>}
      >
        {t("broken.text")}
      </Notice>
    </div>
  );
}
