/**
 * The browser's own controls in our dress, for places that must be drawn at once.
 *
 * Where nothing is in a hurry Ant Design's are used; these look like them.
 */
import type { ComponentProps, ReactNode } from "react";
import { Icon } from "./Icon.tsx";
import css from "./parts.module.css";

/** Several lines of text. */
export function TextArea(props: ComponentProps<"textarea">) {
  return <textarea className={css.control} {...props} />;
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface ChoiceProps {
  readonly value: string;
  readonly options: readonly Option[];
  readonly disabled: boolean;
  readonly onChange: (value: string) => void;
}

/** One of several. */
export function Choice({ value, options, disabled, onChange }: ChoiceProps) {
  return (
    <span className={css.choice}>
      <select
        className={css.control}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={14} />
    </span>
  );
}

interface CheckProps {
  readonly checked: boolean;
  readonly disabled: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}

/** Yes or no. */
export function Check({ checked, disabled, onChange, children }: CheckProps) {
  return (
    <label className={css.check}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{children}</span>
    </label>
  );
}

interface MainButtonProps {
  readonly disabled: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

/** What a form is for. */
export function MainButton({ disabled, onClick, children }: MainButtonProps) {
  return (
    <button type="button" className={css.main} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}
