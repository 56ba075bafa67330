"""What travels on the desktop's websocket: typed structs, tagged by ``type``.

State is keyed whole values in topics. A client gets one ``snapshot`` per topic it may see and
then ``delta`` frames; each frame says from which number to which it leads, so a gap shows itself.
Law (tested): an old snapshot with the deltas since applied equals a fresh snapshot.

Topics and their keys:

- ``agent:<id>``: ``me`` AgentView, ``offer`` OfferView, ``call`` CallView, ``pop`` Pop (of the
  offered or current call), ``wrap_up`` WrapUpView, ``draft`` Draft (of the call in hand),
  ``today`` TodayView, ``work`` News (of what waits for her). For that agent only.
- ``queues``: ``<queue id>`` QueueFigures. For agents and supervisors.
- ``agents``: ``<agent id>`` AgentRow. For supervisors.
- ``calls``: ``<call id>`` CallRow, live calls only. For supervisors.
- ``parties``: ``<party id>`` News, of the parties that changed last. For who may read parties.

``queue_name`` and ``name`` of a queue are as the site writes them for its first language; what it
is called in the page's language is in ``GET /api/names``.

Instants are RFC 3339 UTC strings on the wire, durations are seconds as floats (``*_s``).
``web/src/core/protocol.gen.ts`` is generated from this module.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

Word = Annotated[str, msgspec.Meta(max_length=64)]
"""A name or a code that pages pass on to each other."""
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of the values inside topics."""


# --- values -----------------------------------------------------------------------------------


class AgentView(Wire, frozen=True, kw_only=True):
    """The agent herself. ``state`` is one of acd's agent states."""

    id: str
    name: str
    state: str
    reason: str
    since: datetime
    desktop: bool
    phone: bool
    next_state: str
    """What follows this call's wrap-up when it was asked for: ``not_ready``, ``logged_out``, ""."""
    by: str
    """Name of the supervisor who set this state; "" when nobody did."""
    next_by: str
    """Name of the supervisor who asked for ``next_state``; "" when nobody did."""
    skills: dict[str, int]


class OfferView(Wire, frozen=True, kw_only=True):
    """A call that rings the agent now."""

    offer: str
    call: str
    queue: str
    queue_name: str
    ani: str
    dnis: str
    offered_at: datetime
    expires_at: datetime
    waited_s: float
    language: str


class CallView(Wire, frozen=True, kw_only=True):
    """The call the agent is in: ``state`` is talking or held."""

    call: str
    queue: str
    queue_name: str
    ani: str
    dnis: str
    state: str
    connected_at: datetime
    state_since: datetime
    language: str
    note: str
    """The draft of her note, so that a reload loses nothing."""
    interaction_id: str


class WrapUpView(Wire, frozen=True, kw_only=True):
    """After-call work that is due by ``due``."""

    call: str
    queue: str
    ani: str
    started_at: datetime
    due: datetime
    latest: datetime
    """To which ``due`` can be extended at most."""
    note: str
    interaction_id: str
    party_id: str | None


class Draft(Wire, frozen=True, kw_only=True):
    """The after-call form as far as it is written, so that every window shows the same."""

    call: str
    note: str
    disposition: str
    follow_up: str
    proposed: bool
    """The form ticked ``follow_up`` itself, with the outcome."""
    subject: str
    due_at: datetime | None
    case_id: str | None


class News(Wire, frozen=True, kw_only=True):
    """Something has changed: read it again over REST."""

    changed_at: datetime


class TodayView(Wire, frozen=True, kw_only=True):
    """What the agent did today (site's time zone)."""

    handled: int
    talk_s: float
    hold_s: float
    wrap_up_s: float
    missed: int
    occupancy: float
    recent: list["HandledCall"]


class HandledCall(Wire, frozen=True, kw_only=True):
    """One finished call in today's list, newest first, at most twenty."""

    call: str
    interaction_id: str
    party_id: str | None
    party_name: str
    queue: str
    queue_name: str
    at: datetime
    talked_s: float
    disposition: str


class QueueFigures(Wire, frozen=True, kw_only=True):
    """One queue now and today. Rates are 0 to 1, None where there is nothing to divide by."""

    id: str
    name: str
    waiting: int
    oldest_since: datetime | None
    """Arrival of the longest waiting caller; the client counts up from it."""
    agents_ready: int
    agents_busy: int
    agents_signed_in: int
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    service_level: float | None
    answer_within_s: float
    asa_s: float | None
    aht_s: float | None
    ewt_s: float | None
    open: bool


class AgentRow(Wire, frozen=True, kw_only=True):
    """One agent on the supervisor's page."""

    id: str
    name: str
    state: str
    reason: str
    since: datetime
    queue: str
    queue_name: str
    call: str
    caller: str
    """Name of the caller's party, or the number, or ""."""
    desktop: bool
    phone: bool
    handled: int
    occupancy: float
    skills: dict[str, int]


class CallRow(Wire, frozen=True, kw_only=True):
    """One live call on the supervisor's page."""

    id: str
    state: str
    ani: str
    caller: str
    queue: str
    queue_name: str
    agent: str
    started_at: datetime
    state_since: datetime
    queued_at: datetime | None
    """Since when the caller waits, also while a phone rings or after one was not answered."""
    place: list[float]
    """What the queue sorts its waiting calls by, the first number first; empty for who waits not.

    It stays while the call waits, so a caller who leaves the queue moves all others by one frame.
    """
    language: str


class Alert(Wire, frozen=True, kw_only=True):
    """Something to know before saying hello. ``kind``: vip, blocked, overdue and so on."""

    kind: str
    params: dict[str, str] = {}


class Reason(Wire, frozen=True, kw_only=True):
    """Why they may be calling. ``key`` and ``evidence_key`` are catalogue keys."""

    key: str
    score: float
    evidence_key: str
    params: dict[str, str] = {}
    subject_type: str = ""
    subject_id: str = ""


class PartyHeader(Wire, frozen=True, kw_only=True):
    """Who calls."""

    id: str
    kind: str
    name: str
    number: str
    """Customer number."""
    tier: str
    language: str
    city: str
    since: datetime | None
    phones: list[str]
    emails: list[str]
    owner: str
    version: int


class Match(Wire, frozen=True, kw_only=True):
    """A possible caller, shown when several match. ``why`` is a catalogue key."""

    party_id: str
    name: str
    tier: str
    city: str
    number: str
    shared: bool
    open_cases: int
    last_contact: datetime | None
    why: str


class CaseLine(Wire, frozen=True, kw_only=True):
    """An open case."""

    id: str
    number: str
    subject: str
    state: str
    priority: str
    kind: str
    opened_at: datetime
    due_at: datetime | None


class ContactLine(Wire, frozen=True, kw_only=True):
    """A past interaction."""

    id: str
    channel: str
    direction: str
    at: datetime
    agent: str
    queue: str
    disposition: str
    summary: str
    talked_s: float
    party_name: str = ""
    """Whose it was, where it is not known which of several people calls."""


class OrderLine(Wire, frozen=True, kw_only=True):
    """A recent order. ``total`` is a decimal string."""

    id: str
    number: str
    state: str
    placed_at: datetime
    expected_at: datetime | None
    total: str
    currency: str
    item: str


class Suggestion(Wire, frozen=True, kw_only=True):
    """What to offer or do. ``key`` is a catalogue key."""

    key: str
    reason_key: str
    params: dict[str, str] = {}
    subject_type: str = ""
    subject_id: str = ""


class Pop(Wire, frozen=True, kw_only=True):
    """Everything the agent should see while the phone rings. At most 30 kB."""

    call: str
    ani: str
    ani_kind: str
    """valid, internal, anonymous, invalid."""
    region: str
    state: str
    """none, one, likely, many, maybe."""
    verified: bool
    """The caller proved who he is in the IVR (number and PIN)."""
    party: PartyHeader | None
    alerts: list[Alert]
    candidates: list[Match]
    reasons: list[Reason]
    cases: list[CaseLine]
    contacts: list[ContactLine]
    orders: list[OrderLine]
    suggestions: list[Suggestion]
    ivr_path: list[str]
    """Catalogue keys of the IVR steps the caller took."""
    complete: bool
    """False while late parts are still on their way."""


AGENT_TOPIC: Final[Mapping[str, Any]] = {
    "me": AgentView,
    "offer": OfferView,
    "call": CallView,
    "pop": Pop,
    "wrap_up": WrapUpView,
    "draft": Draft,
    "today": TodayView,
    "work": News,
}
"""Key -> value of the topic ``agent:<id>``."""

SHARED_TOPICS: Final[Mapping[str, Any]] = {
    "queues": QueueFigures,
    "agents": AgentRow,
    "calls": CallRow,
    "parties": News,
}
"""Topic -> value under each of its keys."""

CLOSE_CODES: Final[Mapping[str, int]] = {
    "malformed": 4400,
    "not_signed_in": 4401,
    "not_allowed": 4403,
    "too_slow": 4408,
    "too_many": 4429,
    "shutting_down": 1001,
}
"""Why the server closes: reconnect only after ``too_slow`` and ``shutting_down``."""


# --- frames from the server -----------------------------------------------------------------


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome"):
    """First frame. ``epoch`` changes when the daemon restarts: numbers start anew."""

    epoch: str
    user: str
    roles: list[str]
    topics: list[str]
    now: datetime
    heartbeat_s: float


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot"):
    """The whole of a topic at number ``seq``."""

    topic: str
    seq: int
    values: dict[str, Any]


class Delta(msgspec.Struct, frozen=True, kw_only=True, tag="delta"):
    """Leads a topic from number ``after`` to ``seq``: replace ``put``, forget ``drop``."""

    topic: str
    after: int
    seq: int
    put: dict[str, Any]
    drop: list[str]


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag="reply"):
    """Answer to the command with this ``id``: done, or a problem with a stable code."""

    id: int
    ok: bool
    code: str = ""
    detail: str = ""


class SignedOut(msgspec.Struct, frozen=True, kw_only=True, tag="signed_out"):
    """The session ended.

    ``code``: signed_out, expired, forced, not_allowed (she may not sign in any more),
    new_password, elsewhere (she ended it from another page), too_many (she signed in at more places
    than she may), changed (she has other roles: the session goes on, the page asks for it anew).
    """

    code: str


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag="ping"):
    """Answer with ``pong``."""

    now: datetime


class PhoneAt(msgspec.Struct, frozen=True, kw_only=True, tag="phone_at"):
    """Whether this page has the agent's phone; if another has it, how the phone stands there."""

    here: bool
    line: str = ""
    leg: str = "none"
    muted: bool = False
    trouble: str = ""


class PhoneDo(msgspec.Struct, frozen=True, kw_only=True, tag="phone_do"):
    """Another page of the agent asks the phone: ``answer``, ``mute``, ``unmute`` or ``press``."""

    do: str
    key: str


ServerFrame = Welcome | Snapshot | Delta | Reply | SignedOut | Ping | PhoneAt | PhoneDo


# --- frames from the client -----------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello", forbid_unknown_fields=True):
    """First frame. With ``epoch`` and ``seqs`` of an earlier connection the server resumes."""

    csrf: str
    epoch: str = ""
    seqs: dict[str, int] = {}
    page: Word = ""
    """The page's own name, kept over a reload and shared with no other."""
    phone: Word = ""
    """Where the page saw the agent's phone last: ``here``, ``elsewhere``, or "" of a fresh page."""


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag="pong", forbid_unknown_fields=True):
    """Still here."""


class Probe(msgspec.Struct, frozen=True, kw_only=True, tag="probe", forbid_unknown_fields=True):
    """Is the line up? Answered with ``ping`` at once."""


LARGEST_ID: Final = 2**53 - 1
"""What every reader of JSON takes for the same whole number."""
FrameId = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the commands: ``id`` grows by one and is repeated in the reply."""

    id: FrameId
    until: Instant | None = None
    """By the server's clock: who pressed the button does not mean it any more after this."""


class GoReady(Ask, frozen=True, kw_only=True, tag="go_ready"):
    """Agent: take calls."""


class GoNotReady(Ask, frozen=True, kw_only=True, tag="go_not_ready"):
    """Agent: take no calls, with a reason of acd.NotReadyReason."""

    reason: str


class RefuseOffer(Ask, frozen=True, kw_only=True, tag="refuse_offer"):
    """Agent: decline the call that rings."""

    offer: str


class Hold(Ask, frozen=True, kw_only=True, tag="hold"):
    """Agent: put the caller on hold."""

    call: str


class Retrieve(Ask, frozen=True, kw_only=True, tag="retrieve"):
    """Agent: take the caller off hold."""

    call: str


class HangUp(Ask, frozen=True, kw_only=True, tag="hang_up"):
    """Agent: end the call."""

    call: str


class Rejoin(Ask, frozen=True, kw_only=True, tag="rejoin"):
    """Agent: ring me back into my call; the page was reloaded and its sound is gone.

    Sent when the phone is registered, ``call`` is in the topic and the page has no sound of it.
    The leg that rings then carries the SIP header ``X-Parley-Rejoin: 1`` and is answered at once.
    """

    call: str


class ExtendWrapUp(Ask, frozen=True, kw_only=True, tag="extend_wrap_up"):
    """Agent: one more minute for the after-call work."""


class PhoneIs(Ask, frozen=True, kw_only=True, tag="phone_is"):
    """Agent: the browser phone is registered, or not. From the page that has the phone."""

    registered: bool
    line: Word = ""
    leg: Word = "none"
    muted: bool = False
    trouble: Word = ""


class TakePhone(Ask, frozen=True, kw_only=True, tag="take_phone"):
    """Agent: let this page have the phone; a call that is up goes on here."""


class UsePhone(Ask, frozen=True, kw_only=True, tag="use_phone"):
    """Agent, from a page that does not have the phone: ``PhoneDo`` for the one that has."""

    do: Word
    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#A-D]?\Z")] = ""


class SignOut(Ask, frozen=True, kw_only=True, tag="sign_out"):
    """Agent: end the shift; after the current call when there is one."""


class ForceReady(Ask, frozen=True, kw_only=True, tag="force_ready"):
    """Supervisor."""

    agent: str


class ForceNotReady(Ask, frozen=True, kw_only=True, tag="force_not_ready"):
    """Supervisor."""

    agent: str


class ForceLogOut(Ask, frozen=True, kw_only=True, tag="force_log_out"):
    """Supervisor."""

    agent: str


ClientFrame = (
    Hello
    | Pong
    | Probe
    | GoReady
    | GoNotReady
    | RefuseOffer
    | Hold
    | Retrieve
    | HangUp
    | Rejoin
    | ExtendWrapUp
    | PhoneIs
    | TakePhone
    | UsePhone
    | SignOut
    | ForceReady
    | ForceNotReady
    | ForceLogOut
)
