/** Small pieces that every page is made of. */
import type { CSSProperties, ReactNode } from "react";
import { secondsSince, secondsUntil } from "../../core/server_time.ts";
import { useClock, useSpeech } from "../hooks.ts";
import { keysOf, type ShortcutId } from "../shortcuts.ts";
import { tierTone } from "../tones.ts";
import { Icon, type IconName } from "./Icon.tsx";
import css from "./parts.module.css";

export type Tone = "neutral" | "accent" | "green" | "amber" | "red" | "blue" | "violet";

interface CardProps {
  readonly title?: ReactNode;
  readonly count?: number | undefined;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string | undefined;
  readonly flush?: boolean;
  readonly label?: string;
  readonly style?: CSSProperties;
}

/** A titled surface. */
export function Card({ title, count, extra, children, className, flush, label, style }: CardProps) {
  const { formats } = useSpeech();
  return (
    <section
      className={[css.card, className].filter(Boolean).join(" ")}
      aria-label={label}
      style={style}
    >
      {title !== undefined && (
        <header className={css.cardHead}>
          <h2 className={`${css.cardTitle} grow ellipsis`}>
            {title}
            {count !== undefined && <span className={css.count}> {formats.number(count)}</span>}
          </h2>
          {extra}
        </header>
      )}
      {flush === true ? children : <div className={css.cardBody}>{children}</div>}
    </section>
  );
}

interface ChipProps {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
  readonly title?: string;
}

/** A short mark: a tier, a state, an alert. */
export function Chip({ tone = "neutral", icon, children, title }: ChipProps) {
  return (
    <span className={css.chip} data-tone={tone} title={title}>
      {icon !== undefined && <Icon name={icon} size={13} />}
      <span className="ellipsis">{children}</span>
    </span>
  );
}

/** A customer's tier; the usual one goes without saying. */
export function Tier({ tier }: { readonly tier: string }) {
  const { code } = useSpeech();
  if (tier === "" || tier === "standard") return null;
  return <Chip tone={tierTone(tier)}>{code("tier", tier)}</Chip>;
}

export function Dot({
  tone = "neutral",
  className = "",
}: {
  readonly tone?: Tone;
  /** Given by menus, which keep an icon and its text apart with it. */
  readonly className?: string;
}) {
  const dot = <span className={css.dot} data-tone={tone} aria-hidden="true" />;
  return className === "" ? dot : <span className={className}>{dot}</span>;
}

/** The keys of a shortcut. */
export function Keys({ id }: { readonly id: ShortcutId }) {
  return (
    <span className={css.kbd}>
      {keysOf(id).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}

/** What exchanges write in place of a number that the caller keeps to himself. */
const WITHHELD = /^([Aa]nonymous|unknown|restricted|unavailable|private|withheld|blocked)?$/;

/** Whether there is no number to show. */
export const isWithheld = (number: string): boolean => WITHHELD.test(number.trim());

/** A caller's name or number in one line of text, where no markup may be. */
export function useCallerText(): (text: string) => string {
  const { formats, t } = useSpeech();
  return (text) =>
    isWithheld(text) ? t("number.withheld") : /^\+?\d+$/.test(text) ? formats.phone(text) : text;
}

/** A telephone number: always left to right. */
export function Phone({ number }: { readonly number: string }) {
  const { formats, t } = useSpeech();
  if (isWithheld(number)) return <span>{t("number.withheld")}</span>;
  return <bdi className="ltr num">{formats.phone(number)}</bdi>;
}

/** Time since an instant, counting up. */
export function Elapsed({ since }: { readonly since: string }) {
  const { formats } = useSpeech();
  const text = useClock((now) => formats.clock(secondsSince(since, now)));
  return <bdi className="ltr num">{text}</bdi>;
}

/** Time until an instant, counting down to nought. */
export function Remaining({ until }: { readonly until: string }) {
  const { formats } = useSpeech();
  const text = useClock((now) => formats.clock(secondsUntil(until, now)));
  return <bdi className="ltr num">{text}</bdi>;
}

/** How long ago something was, with the exact time on hover. */
export function Ago({ at }: { readonly at: string }) {
  const { formats } = useSpeech();
  const text = useClock((now) => formats.relative(at, now));
  return (
    <time dateTime={at} title={formats.dateTime(at)} className="num">
      {text}
    </time>
  );
}

interface EmptyProps {
  readonly icon?: IconName;
  readonly children: ReactNode;
}

/** Says that there is nothing, without shouting. */
export function Empty({ icon, children }: EmptyProps) {
  return (
    <div className={css.empty}>
      {icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
    </div>
  );
}

interface MeterProps {
  readonly value: number;
  readonly label: string;
  readonly tone?: Tone;
}

/** A bar that fills from the reading side. */
export function Meter({ value, label, tone = "green" }: MeterProps) {
  const percent = Math.round(Math.max(0, Math.min(1, value)) * 100);
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> in their own ways
    <div
      className={css.meter}
      role="meter"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div className={css.meterFill} data-tone={tone} style={{ width: `${percent}%` }} />
    </div>
  );
}

/** The initials of a name, or its first character where names are written without spaces. */
export function Avatar({ name, size = 32 }: { readonly name: string; readonly size?: number }) {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "")][0] ?? "";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  const latin = /^[\p{Script=Latin}]/u.test(name);
  return (
    <span
      className={css.avatar}
      style={{ width: size, height: size, fontSize: size * 0.4 }}
      aria-hidden="true"
    >
      {latin ? (first + last).toUpperCase() : first}
    </span>
  );
}

interface QuietButtonProps {
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/** A small button without a face of its own. */
export function QuietButton({ onClick, children }: QuietButtonProps) {
  return (
    <button type="button" className={css.quiet} onClick={onClick}>
      {children}
    </button>
  );
}

interface FieldProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly hint?: ReactNode;
}

/** A control under its label. */
export function Field({ label, children, hint }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className={css.field}>
      <span className="spread">
        <span className={css.label}>{label}</span>
        {hint}
      </span>
      {children}
    </label>
  );
}

const WIDTHS = ["86%", "62%", "74%", "48%", "68%"];

/** Lines where text will be, of about its height. */
export function Lines({ count = 3 }: { readonly count?: number }) {
  return (
    <div aria-hidden="true">
      {WIDTHS.slice(0, count).map((width) => (
        <div key={width} className={css.skeleton} style={{ width }} />
      ))}
    </div>
  );
}

interface NoticeProps {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

/** A sentence that should be seen. */
export function Notice({ tone = "neutral", icon = "info", children, action }: NoticeProps) {
  return (
    <div className={css.notice} data-tone={tone} role={tone === "red" ? "alert" : "status"}>
      <Icon name={icon} />
      <span className="grow">{children}</span>
      {action}
    </div>
  );
}
