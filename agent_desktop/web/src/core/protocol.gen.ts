// Generated from agent_desktop/server/protocol.py by `python -m agent_desktop.server.generate`.
// Do not edit.

/** RFC 3339, UTC. */
export type Instant = string;

/** The agent herself. ``state`` is one of acd's agent states. */
export interface AgentView {
  id: string;
  name: string;
  state: string;
  reason: string;
  since: Instant;
  desktop: boolean;
  phone: boolean;
  /** What follows this call's wrap-up when it was asked for: ``not_ready``, ``logged_out``, "". */
  next_state: string;
  /** Name of the supervisor who set this state; "" when nobody did. */
  by: string;
  /** Name of the supervisor who asked for ``next_state``; "" when nobody did. */
  next_by: string;
  skills: Record<string, number>;
}

/** A call that rings the agent now. */
export interface OfferView {
  offer: string;
  call: string;
  queue: string;
  queue_name: string;
  ani: string;
  dnis: string;
  offered_at: Instant;
  expires_at: Instant;
  waited_s: number;
  language: string;
}

/** The call the agent is in: ``state`` is talking or held. */
export interface CallView {
  call: string;
  queue: string;
  queue_name: string;
  ani: string;
  dnis: string;
  state: string;
  connected_at: Instant;
  state_since: Instant;
  language: string;
  /** The draft of her note, so that a reload loses nothing. */
  note: string;
  interaction_id: string;
}

/** After-call work that is due by ``due``. */
export interface WrapUpView {
  call: string;
  queue: string;
  ani: string;
  started_at: Instant;
  due: Instant;
  /** To which ``due`` can be extended at most. */
  latest: Instant;
  note: string;
  interaction_id: string;
  party_id: string | null;
}

/** The after-call form as far as it is written, so that every window shows the same. */
export interface Draft {
  call: string;
  note: string;
  disposition: string;
  follow_up: string;
  /** The form ticked ``follow_up`` itself, with the outcome. */
  proposed: boolean;
  subject: string;
  due_at: Instant | null;
  case_id: string | null;
}

/** Something has changed: read it again over REST. */
export interface News {
  changed_at: Instant;
}

/** What the agent did today (site's time zone). */
export interface TodayView {
  handled: number;
  talk_s: number;
  hold_s: number;
  wrap_up_s: number;
  missed: number;
  occupancy: number;
  recent: HandledCall[];
}

/** One finished call in today's list, newest first, at most twenty. */
export interface HandledCall {
  call: string;
  interaction_id: string;
  party_id: string | null;
  party_name: string;
  queue: string;
  queue_name: string;
  at: Instant;
  talked_s: number;
  disposition: string;
}

/** One queue now and today. Rates are 0 to 1, None where there is nothing to divide by. */
export interface QueueFigures {
  id: string;
  name: string;
  waiting: number;
  /** Arrival of the longest waiting caller; the client counts up from it. */
  oldest_since: Instant | null;
  agents_ready: number;
  agents_busy: number;
  agents_signed_in: number;
  offered: number;
  answered: number;
  abandoned: number;
  short_abandoned: number;
  service_level: number | null;
  answer_within_s: number;
  asa_s: number | null;
  aht_s: number | null;
  ewt_s: number | null;
  open: boolean;
}

/** One agent on the supervisor's page. */
export interface AgentRow {
  id: string;
  name: string;
  state: string;
  reason: string;
  since: Instant;
  queue: string;
  queue_name: string;
  call: string;
  /** Name of the caller's party, or the number, or "". */
  caller: string;
  desktop: boolean;
  phone: boolean;
  handled: number;
  occupancy: number;
  skills: Record<string, number>;
}

/** One live call on the supervisor's page. */
export interface CallRow {
  id: string;
  state: string;
  ani: string;
  caller: string;
  queue: string;
  queue_name: string;
  agent: string;
  started_at: Instant;
  state_since: Instant;
  /** Since when the caller waits, also while a phone rings or after one was not answered. */
  queued_at: Instant | null;
  /** What the queue sorts its waiting calls by, the first number first; empty for who waits not. It stays while the call waits, so a caller who leaves the queue moves all others by one frame. */
  place: number[];
  language: string;
}

/** Something to know before saying hello. ``kind``: vip, blocked, overdue and so on. */
export interface Alert {
  kind: string;
  params: Record<string, string>;
}

/** Why they may be calling. ``key`` and ``evidence_key`` are catalogue keys. */
export interface Reason {
  key: string;
  score: number;
  evidence_key: string;
  params: Record<string, string>;
  subject_type: string;
  subject_id: string;
}

/** Who calls. */
export interface PartyHeader {
  id: string;
  kind: string;
  name: string;
  /** Customer number. */
  number: string;
  tier: string;
  language: string;
  city: string;
  since: Instant | null;
  phones: string[];
  emails: string[];
  owner: string;
  version: number;
}

/** A possible caller, shown when several match. ``why`` is a catalogue key. */
export interface Match {
  party_id: string;
  name: string;
  tier: string;
  city: string;
  number: string;
  shared: boolean;
  open_cases: number;
  last_contact: Instant | null;
  why: string;
}

/** An open case. */
export interface CaseLine {
  id: string;
  number: string;
  subject: string;
  state: string;
  priority: string;
  kind: string;
  opened_at: Instant;
  due_at: Instant | null;
}

/** A past interaction. */
export interface ContactLine {
  id: string;
  channel: string;
  direction: string;
  at: Instant;
  agent: string;
  queue: string;
  disposition: string;
  summary: string;
  talked_s: number;
  /** Whose it was, where it is not known which of several people calls. */
  party_name: string;
}

/** A recent order. ``total`` is a decimal string. */
export interface OrderLine {
  id: string;
  number: string;
  state: string;
  placed_at: Instant;
  expected_at: Instant | null;
  total: string;
  currency: string;
  item: string;
}

/** What to offer or do. ``key`` is a catalogue key. */
export interface Suggestion {
  key: string;
  reason_key: string;
  params: Record<string, string>;
  subject_type: string;
  subject_id: string;
}

/** Everything the agent should see while the phone rings. At most 30 kB. */
export interface Pop {
  call: string;
  ani: string;
  /** valid, internal, anonymous, invalid. */
  ani_kind: string;
  region: string;
  /** none, one, likely, many, maybe. */
  state: string;
  /** The caller proved who he is in the IVR (number and PIN). */
  verified: boolean;
  party: PartyHeader | null;
  alerts: Alert[];
  candidates: Match[];
  reasons: Reason[];
  cases: CaseLine[];
  contacts: ContactLine[];
  orders: OrderLine[];
  suggestions: Suggestion[];
  /** Catalogue keys of the IVR steps the caller took. */
  ivr_path: string[];
  /** False while late parts are still on their way. */
  complete: boolean;
}

/** First frame. ``epoch`` changes when the daemon restarts: numbers start anew. */
export interface Welcome {
  type: "welcome";
  epoch: string;
  user: string;
  roles: string[];
  topics: string[];
  now: Instant;
  heartbeat_s: number;
}

/** The whole of a topic at number ``seq``. */
export interface Snapshot {
  type: "snapshot";
  topic: string;
  seq: number;
  values: Record<string, unknown>;
}

/** Leads a topic from number ``after`` to ``seq``: replace ``put``, forget ``drop``. */
export interface Delta {
  type: "delta";
  topic: string;
  after: number;
  seq: number;
  put: Record<string, unknown>;
  drop: string[];
}

/** Answer to the command with this ``id``: done, or a problem with a stable code. */
export interface Reply {
  type: "reply";
  id: number;
  ok: boolean;
  code: string;
  detail: string;
}

/** The session ended. ``code``: signed_out, expired, forced, not_allowed (she may not sign in any more), new_password, elsewhere (she ended it from another page), too_many (she signed in at more places than she may), changed (she has other roles: the session goes on, the page asks for it anew). */
export interface SignedOut {
  type: "signed_out";
  code: string;
}

/** Answer with ``pong``. */
export interface Ping {
  type: "ping";
  now: Instant;
}

/** Whether this page has the agent's phone; if another has it, how the phone stands there. */
export interface PhoneAt {
  type: "phone_at";
  here: boolean;
  line: string;
  leg: string;
  muted: boolean;
  trouble: string;
}

/** Another page of the agent asks the phone: ``answer``, ``mute``, ``unmute`` or ``press``. */
export interface PhoneDo {
  type: "phone_do";
  do: string;
  key: string;
}

/** First frame. With ``epoch`` and ``seqs`` of an earlier connection the server resumes. */
export interface Hello {
  type: "hello";
  csrf: string;
  epoch?: string;
  seqs?: Record<string, number>;
  /** The page's own name, kept over a reload and shared with no other. */
  page?: string;
  /** Where the page saw the agent's phone last: ``here``, ``elsewhere``, or "" of a fresh page. */
  phone?: string;
}

/** Still here. */
export interface Pong {
  type: "pong";
}

/** Is the line up? Answered with ``ping`` at once. */
export interface Probe {
  type: "probe";
}

/** Agent: take calls. */
export interface GoReady {
  type: "go_ready";
  id: number;
  until?: Instant | null;
}

/** Agent: take no calls, with a reason of acd.NotReadyReason. */
export interface GoNotReady {
  type: "go_not_ready";
  id: number;
  until?: Instant | null;
  reason: string;
}

/** Agent: decline the call that rings. */
export interface RefuseOffer {
  type: "refuse_offer";
  id: number;
  until?: Instant | null;
  offer: string;
}

/** Agent: put the caller on hold. */
export interface Hold {
  type: "hold";
  id: number;
  until?: Instant | null;
  call: string;
}

/** Agent: take the caller off hold. */
export interface Retrieve {
  type: "retrieve";
  id: number;
  until?: Instant | null;
  call: string;
}

/** Agent: end the call. */
export interface HangUp {
  type: "hang_up";
  id: number;
  until?: Instant | null;
  call: string;
}

/** Agent: ring me back into my call; the page was reloaded and its sound is gone. Sent when the phone is registered, ``call`` is in the topic and the page has no sound of it. The leg that rings then carries the SIP header ``X-Parley-Rejoin: 1`` and is answered at once. */
export interface Rejoin {
  type: "rejoin";
  id: number;
  until?: Instant | null;
  call: string;
}

/** Agent: one more minute for the after-call work. */
export interface ExtendWrapUp {
  type: "extend_wrap_up";
  id: number;
  until?: Instant | null;
}

/** Agent: the browser phone is registered, or not. From the page that has the phone. */
export interface PhoneIs {
  type: "phone_is";
  id: number;
  until?: Instant | null;
  registered: boolean;
  line?: string;
  leg?: string;
  muted?: boolean;
  trouble?: string;
}

/** Agent: let this page have the phone; a call that is up goes on here. */
export interface TakePhone {
  type: "take_phone";
  id: number;
  until?: Instant | null;
}

/** Agent, from a page that does not have the phone: ``PhoneDo`` for the one that has. */
export interface UsePhone {
  type: "use_phone";
  id: number;
  until?: Instant | null;
  do: string;
  key?: string;
}

/** Agent: end the shift; after the current call when there is one. */
export interface SignOut {
  type: "sign_out";
  id: number;
  until?: Instant | null;
}

/** Supervisor. */
export interface ForceReady {
  type: "force_ready";
  id: number;
  until?: Instant | null;
  agent: string;
}

/** Supervisor. */
export interface ForceNotReady {
  type: "force_not_ready";
  id: number;
  until?: Instant | null;
  agent: string;
}

/** Supervisor. */
export interface ForceLogOut {
  type: "force_log_out";
  id: number;
  until?: Instant | null;
  agent: string;
}

/** Keys of the topic `agent:<id>`; a key is absent when there is no such thing. */
export interface AgentTopic {
  me?: AgentView;
  offer?: OfferView;
  call?: CallView;
  pop?: Pop;
  wrap_up?: WrapUpView;
  draft?: Draft;
  today?: TodayView;
  work?: News;
}

/** Shared topics: the value under each key. */
export interface SharedTopics {
  queues: Record<string, QueueFigures>;
  agents: Record<string, AgentRow>;
  calls: Record<string, CallRow>;
  parties: Record<string, News>;
}

export type ServerFrame = Welcome | Snapshot | Delta | Reply | SignedOut | Ping | PhoneAt | PhoneDo;

export type ClientFrame = Hello | Pong | Probe | GoReady | GoNotReady | RefuseOffer | Hold | Retrieve | HangUp | Rejoin | ExtendWrapUp | PhoneIs | TakePhone | UsePhone | SignOut | ForceReady | ForceNotReady | ForceLogOut;

/** Websocket close codes of the server. */
export const CLOSE_CODES = { malformed: 4400, not_signed_in: 4401, not_allowed: 4403, too_slow: 4408, too_many: 4429, shutting_down: 1001 } as const;
