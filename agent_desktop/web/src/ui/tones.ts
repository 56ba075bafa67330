/** Which colour means what, in one place. */
import type { Tone } from "./parts/parts.tsx";

const AGENT: Readonly<Record<string, Tone>> = {
  ready: "green",
  reserved: "amber",
  talking: "blue",
  held: "amber",
  wrap_up: "violet",
  not_ready: "red",
  logged_out: "neutral",
};

export const agentTone = (state: string): Tone => AGENT[state] ?? "neutral";

const CALL: Readonly<Record<string, Tone>> = {
  arrived: "neutral",
  in_ivr: "neutral",
  queued: "amber",
  offered: "accent",
  talking: "blue",
  held: "amber",
};

export const callTone = (state: string): Tone => CALL[state] ?? "neutral";

const TIERS: Readonly<Record<string, Tone>> = {
  vip: "amber",
  platinum: "violet",
  gold: "amber",
  silver: "neutral",
};

export const tierTone = (tier: string): Tone => TIERS[tier] ?? "neutral";

const CASES: Readonly<Record<string, Tone>> = {
  new: "accent",
  open: "blue",
  waiting_customer: "amber",
  escalated: "red",
  resolved: "green",
  closed: "neutral",
};

export const caseTone = (state: string): Tone => CASES[state] ?? "neutral";

const ORDERS: Readonly<Record<string, Tone>> = {
  placed: "accent",
  paid: "accent",
  packed: "accent",
  shipped: "blue",
  in_delivery: "blue",
  delivered: "green",
  late: "red",
  delayed: "red",
  returned: "amber",
  cancelled: "neutral",
};

export const orderTone = (state: string): Tone => ORDERS[state] ?? "neutral";

const ALERTS: Readonly<Record<string, Tone>> = {
  vip: "amber",
  open_complaint: "red",
  overdue: "red",
  blocked: "red",
  do_not_sell: "violet",
};

export const alertTone = (kind: string): Tone => ALERTS[kind] ?? "amber";

const PRIORITIES: Readonly<Record<string, Tone>> = { urgent: "red", high: "amber" };

export const priorityTone = (priority: string): Tone => PRIORITIES[priority] ?? "neutral";
