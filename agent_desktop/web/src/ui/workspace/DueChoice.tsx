/** When to call back: a few usual answers, or a day and an hour; days in the language's calendar. */
import { Select } from "antd";
import { useMemo } from "react";
import { useClock, useSpeech } from "../hooks.ts";

const DAYS = 14;
const FIRST_HOUR = 8;
const LAST_HOUR = 20;
const STEP = 30;

interface DueChoiceProps {
  readonly value: string;
  readonly required: boolean;
  readonly onChange: (value: string) => void;
}

export function DueChoice({ value, required, onChange }: DueChoiceProps) {
  const { t, formats } = useSpeech();
  const today = useClock((now) => new Date(now).toDateString());
  const days = useMemo(() => {
    const first = new Date(today);
    return Array.from({ length: DAYS }, (_, index) => {
      const day = new Date(first);
      day.setDate(first.getDate() + index);
      const label =
        index === 0 ? t("due.today") : index === 1 ? t("due.tomorrow") : formats.day(day);
      return { value: day.toDateString(), label };
    });
  }, [today, t, formats]);
  const chosen = value === "" ? null : new Date(value);
  const minutes = chosen === null ? null : chosen.getHours() * 60 + chosen.getMinutes();
  const times = useMemo(() => {
    const list = [];
    for (let minute = FIRST_HOUR * 60; minute <= LAST_HOUR * 60; minute += STEP) {
      list.push({ value: minute, label: formats.time(at(today, minute).toISOString()) });
    }
    if (minutes !== null && !list.some((item) => item.value === minutes)) {
      list.push({ value: minutes, label: formats.time(value) });
    }
    return list;
  }, [today, minutes, value, formats]);

  return (
    <div className="row">
      <Select
        className="grow"
        aria-label={t("due.day")}
        placeholder={t(required ? "due.day" : "due.none")}
        allowClear={!required}
        value={chosen?.toDateString() ?? null}
        options={days}
        onChange={(day: string | undefined) =>
          onChange(day === undefined ? "" : at(day, minutes ?? 10 * 60).toISOString())
        }
      />
      <Select
        style={{ width: 104 }}
        aria-label={t("due.time")}
        placeholder={t("due.time")}
        disabled={chosen === null}
        value={minutes}
        options={times}
        onChange={(minute: number) =>
          chosen !== null && onChange(at(chosen.toDateString(), minute).toISOString())
        }
      />
    </div>
  );
}

function at(day: string, minute: number): Date {
  const instant = new Date(day);
  instant.setHours(Math.floor(minute / 60), minute % 60, 0, 0);
  return instant;
}
