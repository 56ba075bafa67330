"""What the REST API answers. Instants are RFC 3339 UTC strings, durations seconds (``*_s``)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Base of the answers: every field is always present."""

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True)


class ProblemView(View):
    """A refusal: ``code`` is stable, ``detail`` a sentence (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list["FieldProblem"]


class FieldProblem(View):
    """One field that was not accepted."""

    where: str
    """body, path, query string or headers."""
    field: str
    message: str


class SessionView(View):
    """Who is signed in. ``csrf`` goes into the X-CSRF-Token header of every write."""

    user: str
    name: str
    roles: list[str]
    csrf: str
    language: str
    theme: str
    expires_at: datetime


class OpenSessionView(View):
    """One place where the user is signed in."""

    id: str
    current: bool
    """The session that asks."""
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str
    """What the browser calls itself (User-Agent)."""
    phone: bool
    """It holds the user's phone."""
    ending: bool
    """It ends as soon as the call on its phone is over."""


class OpenSessionsView(View):
    """Where the user is signed in, this place first, then the latest."""

    items: list[OpenSessionView]


class PreferencesView(View):
    """The preferences after the change."""

    language: str
    theme: str


class IceServerView(View):
    """STUN or TURN servers, as browsers take them; STUN servers have "" for the last two."""

    urls: list[str]
    username: str
    credential: str
    """Good for a limited time: ``username`` begins with its end, in seconds since 1970."""


class PhoneView(View):
    """How a browser phone registers: SIP over ``ws_path`` on this origin."""

    sip_user: str
    password: str
    domain: str
    display_name: str
    ws_path: str
    ice_servers: list[IceServerView]


class DispositionView(View):
    """An outcome the agent may choose; ``label_key`` is a key of the page's catalogue."""

    code: str
    label_key: str
    follow_up: str


class DispositionsView(View):
    """All outcomes, in the order to show them."""

    items: list[DispositionView]


class NamesView(View):
    """What the site calls things: id -> language -> text, in every language of the pages."""

    queues: dict[str, dict[str, str]]
    skills: dict[str, dict[str, str]]
    numbers: dict[str, dict[str, str]]
    """By the number that is dialled."""


class PartyRowView(View):
    """A party in a list. ``why`` is a catalogue key of what matched."""

    id: str
    kind: str
    name: str
    number: str
    tier: str
    city: str
    phone: str
    email: str
    why: str


class PartyPageView(View):
    """The best matches first. ``next`` goes into ``after``; "" at the end."""

    items: list[PartyRowView]
    next: str


class ContactPointView(View):
    """A way to reach a party. ``kind`` is phone or email."""

    id: str
    kind: str
    value: str
    verified: bool
    shared: bool


class PartyView(View):
    """One party."""

    id: str
    kind: str
    name: str
    number: str
    tier: str
    language: str
    city: str
    owner: str
    since: datetime | None
    contact_points: list[ContactPointView]
    version: int


class TimelineEntryView(View):
    """One thing that happened with a party. ``kind`` decides the icon and the words."""

    id: str
    at: datetime
    kind: str
    summary: str
    actor: str
    subject_type: str
    subject_id: str
    params: dict[str, str]


class TimelinePageView(View):
    """Newest first. ``next`` goes into ``before``; "" at the end."""

    items: list[TimelineEntryView]
    next: str


class CaseView(View):
    """One case."""

    id: str
    number: str
    party_id: str
    subject: str
    description: str
    state: str
    priority: str
    kind: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    moves: list[str]
    """What may happen to it now, for ``move`` of a change."""
    version: int


class CasesView(View):
    """Cases of a party, open ones first."""

    items: list[CaseView]


class OrderView(View):
    """One order. ``total`` is a decimal string."""

    id: str
    number: str
    state: str
    placed_at: datetime
    expected_at: datetime | None
    total: str
    currency: str
    item: str


class OrdersView(View):
    """Orders of a party, newest first."""

    items: list[OrderView]


class CallView(View):
    """What is known of a call, live or recent."""

    call: str
    state: str
    ani: str
    dnis: str
    queue: str
    agent: str | None
    started_at: datetime
    interaction_id: str
    party_id: str | None


class WhyLineView(View):
    """One agent in a decision: ``cause`` is a catalogue key with ``params``."""

    agent: str
    name: str
    chosen: bool
    cause: str
    params: dict[str, str]


class WhyOfferView(View):
    """One offer: who was chosen, why, and why the others were not."""

    offer: str
    agent: str
    agent_name: str
    at: datetime
    ended: str
    waited_s: float
    queue_length: int
    needs: list[str]
    counts: dict[str, int]
    lines: list[WhyLineView]
    sentence: str


class WhyView(View):
    """The decision records of a call, oldest first."""

    call: str
    offers: list[WhyOfferView]


class DraftView(View):
    """An after-call form that is not filed yet."""

    note: str
    disposition: str
    follow_up: str
    proposed: bool
    """The form ticked ``follow_up`` itself, with the outcome."""
    subject: str
    due_at: datetime | None
    case_id: str | None


class KeptDraftView(View):
    """The draft of a call, or null when nothing is written yet."""

    draft: DraftView | None


class TaskView(View):
    """Something promised. ``kind`` is callback, follow_up or care."""

    id: str
    version: int
    kind: str
    subject: str
    state: str
    due_at: datetime
    assignee: str
    """Name of who is to do it; "" for nobody."""
    mine: bool
    queue: str
    party_id: str | None
    party_name: str
    number: str
    contact_id: str | None


class TasksView(View):
    """The most urgent first. ``next`` goes into ``after``; "" at the end."""

    items: list[TaskView]
    next: str
    total: int
    due: int
    """How many of all are due by now."""


class UnfinishedView(View):
    """A call that ended without an outcome."""

    id: str
    call: str
    at: datetime
    queue: str
    number: str
    party_id: str | None
    party_name: str
    note: str


class UnfinishedPageView(View):
    """Latest first. ``next`` goes into ``after``; "" at the end."""

    items: list[UnfinishedView]
    next: str
    total: int


class MissedView(View):
    """A call that rang in vain, or that its caller gave up waiting in."""

    id: str
    at: datetime
    queue: str
    number: str
    party_id: str | None
    party_name: str
    rang: bool
    """It rang this agent."""
    waited_s: float | None
    answered_by: str
    """Name of who got it in the end; "" when nobody did."""


class MissedPageView(View):
    """Latest first. ``next`` goes into ``after``; "" at the end."""

    items: list[MissedView]
    next: str
    total: int
    """How many of all nobody has answered."""


class ContactView(View):
    """A call that is over, with its form."""

    id: str
    call: str
    at: datetime
    agent: str
    queue: str
    number: str
    party_id: str | None
    party_name: str
    disposition: str
    note: str
    case_id: str | None
    draft: DraftView | None
    tasks: list[TaskView]
    """What was promised in it so far."""
    version: int


class DoneView(View):
    """It is done."""

    ok: bool


class ChosenPartyView(View):
    """The party this call now belongs to."""

    party_id: str


class DemoNumberView(View):
    """A number one can ring in the demo. ``labels``: language -> text, in every language."""

    number: str
    label: str
    labels: dict[str, str]


class DemoNumbersView(View):
    """The numbers of the demo; empty when this site is no demo."""

    items: list[DemoNumberView]


class DemoCallerView(View):
    """A demo customer one may ring in as."""

    party_id: str
    name: str
    number: str
    city: str
    tier: str
    hint: str = ""
    """What makes this caller worth playing: ``demo.caller.<hint>`` in the page's words."""
    customer_number: str = ""
    pin: str = ""


class DemoCallersView(View):
    """Demo customers who match."""

    items: list[DemoCallerView]


class TrunkView(View):
    """A way to a carrier. Catalogue keys: ``trunk_state.*`` and ``trunk_cause.*``."""

    id: str
    state: str
    since: datetime | None
    cause: str
    refused_numbers: int
    refused_accounts: int
    last_dialled: str
    """The latest number on it that is none of the site's."""


class StrangerView(View):
    """An address that is no trunk's, and how many messages of it were turned away."""

    address: str
    messages: int
    last: datetime


class TrunksView(View):
    """The ways to the carriers, and who else tried to call."""

    trunks: list[TrunkView]
    strangers: list[StrangerView]


class ReadyView(View):
    """``status`` is ready, draining (it ends when its calls have ended) or degraded."""

    status: str


class HealthView(View):
    """``status`` is ok, draining or degraded; each component says ok or why not."""

    status: str
    components: dict[str, str]
