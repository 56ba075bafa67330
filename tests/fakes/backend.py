"""A floor in memory behind the desktop's port: enough states to develop and test pages on.

It keeps the rules a page can see (an offer rings, is answered, ends in wrap-up) and records what
was asked; the real floor's refusals are imitated where a test names them in ``refusals``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from acd import commands as c
from acd.ids import AgentId, CallId
from acd.machine import IllegalTransition, OfferGone, Refused, UnknownAgent, UnknownCall
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub
from agent_desktop.server.ports import (
    CallFacts,
    DemoNumber,
    IceServer,
    PhoneCredentials,
    SiteNames,
    StrangerFacts,
    TrunkFacts,
    Unavailable,
    WhyLine,
    WhyOffer,
    WrapUp,
)

RING_FOR = timedelta(seconds=20)
WRAP_UP_FOR = timedelta(seconds=60)
QUEUE_NAMES = {"sales": "Sales", "service": "Service", "vip": "Gold line"}
NUMBERS = (
    DemoNumber(
        number="1000",
        label="Main number",
        labels={"en": "Main number", "zh": "总机", "fa": "خط اصلی"},
    ),
    DemoNumber(
        number="1001",
        label="Service",
        labels={"en": "Service", "zh": "客服", "fa": "خدمات"},
    ),
)


@dataclass(frozen=True)
class FakeCall:
    """A caller and what is known of him."""

    id: str
    ani: str
    queue: str
    at: datetime
    language: str = "en"
    pop: p.Pop | None = None
    party_id: str | None = None
    agent: str | None = None
    state: str = "queued"
    note: str = ""


@dataclass
class FakeAgent:
    """An agent on the fake floor."""

    id: str
    name: str
    skills: dict[str, int]
    state: str = "logged_out"
    reason: str = ""
    since: datetime | None = None
    desktop: bool = False
    phone: bool = False
    next_state: str = ""
    call: FakeCall | None = None
    offers: int = 0
    handled: list[p.HandledCall] = field(default_factory=list)
    missed: int = 0
    talked: float = 0.0
    connected_at: datetime | None = None
    due: datetime | None = None


class FakeBackend:
    """Implements ``agent_desktop.server.ports.Backend``."""

    def __init__(
        self, hub: Hub, *, now: Callable[[], datetime], agents: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.hub, self.now = hub, now
        self.agents = {
            id_: FakeAgent(id_, name, {"english": 4, "billing": 3}) for id_, name in agents
        }
        self.asked: list[c.Command] = []
        self.lost: list[str] = []
        self.revoked: list[str] = []
        """Whose phone was taken from Asterisk."""
        self.phones_refuse = False
        self.rejoined: list[tuple[str, str]] = []
        self.wrap_ups: list[WrapUp] = []
        self.filings: list[tuple[str, str, str]] = []
        self.refusals: dict[type, Exception] = {}
        """Command type -> what ``ask`` raises instead of doing it."""
        self.numbers: Sequence[DemoNumber] = NUMBERS
        self.trunk_facts: list[TrunkFacts] = []
        self.stranger_facts: list[StrangerFacts] = []
        self.draining = False
        self.components = {"floor": "ok", "telephony": "ok", "database": "ok"}
        self.calls: dict[str, FakeCall] = {}
        self.records: dict[str, list[WhyOffer]] = {}
        self.ice_servers: Sequence[IceServer] = ()
        self._issued = 0
        for agent in self.agents.values():
            self.show(agent)

    # --- the port ---------------------------------------------------------------------------

    async def ask(self, command: c.Command) -> None:  # noqa: C901, PLR0912 -- one match
        self.asked.append(command)
        refusal = self.refusals.get(type(command))
        if refusal is not None:
            raise refusal
        match command:
            case c.LogIn(agent=id_):
                agent = self._agent(id_)
                if agent.state == "logged_out":
                    self._move(agent, "not_ready", "just_logged_in")
            case c.LogOut(agent=id_):
                self._log_out(self._agent(id_))
            case c.GoReady(agent=id_):
                self._go_ready(self._agent(id_))
            case c.GoNotReady(agent=id_, reason=reason):
                self._go_not_ready(self._agent(id_), reason.value)
            case c.RefuseOffer(offer=offer) | c.ExpireOffer(offer=offer):
                agent = self._ringing(offer)
                agent.call, agent.missed = None, agent.missed + 1
                refused = isinstance(command, c.RefuseOffer)
                self._move(agent, "not_ready", "refused" if refused else "rona")
            case c.AcceptOffer(offer=offer):
                agent = self._ringing(offer)
                agent.connected_at = self.now()
                self._change_call(agent, state="talking", agent=agent.id)
                self._move(agent, "talking")
            case c.HoldCall(call=call):
                self._change_call(self._in_call(call), state="held")
            case c.RetrieveCall(call=call):
                self._change_call(self._in_call(call), state="talking")
            case c.EndCall(call=call):
                self._end(self._in_call(call))
            case c.ExtendWrapUp(agent=id_, more=more):
                agent = self._agent(id_)
                if agent.due is None:
                    raise IllegalTransition(f"{id_} wraps nothing up")
                agent.due += more
                self.show(agent)
            case _:
                raise Refused(f"the fake floor cannot {type(command).__name__}")

    async def desktop_connected(self, agent: AgentId) -> None:
        one = self._agent(agent)
        one.desktop = True
        self.show(one)

    async def desktop_lost(self, agent: AgentId) -> None:
        self.lost.append(agent)
        one = self._agent(agent)
        one.desktop = False
        self.show(one)

    async def phone_is(self, agent: AgentId, *, registered: bool) -> None:
        one = self._agent(agent)
        one.phone = registered
        self.show(one)

    async def issue_phone(self, agent: AgentId) -> PhoneCredentials:
        self._issued += 1
        return PhoneCredentials(
            sip_user=f"agent-{agent}",
            password=f"secret-{self._issued}",
            domain="parley.invalid",
            display_name=self._agent(agent).name,
            ice_servers=self.ice_servers,
        )

    async def revoke_phone(self, agent: AgentId) -> None:
        if self.phones_refuse:
            raise Unavailable("telephony is away")
        self.revoked.append(agent)

    async def rejoin(self, agent: AgentId, call: CallId) -> None:
        self.rejoined.append((agent, call))

    async def issue_demo_caller(self, number: str) -> PhoneCredentials:
        self._issued += 1
        return PhoneCredentials(
            sip_user=f"caller-{self._issued}",
            password=f"secret-{self._issued}",
            domain="parley.invalid",
            display_name=number or "anonymous",
            ice_servers=self.ice_servers,
        )

    def demo_numbers(self) -> Sequence[DemoNumber]:
        return self.numbers

    def names(self) -> SiteNames:
        return SiteNames(
            queues={
                id_: {"en": name, "zh": f"{name}-zh", "fa": f"{name}-fa"}
                for id_, name in QUEUE_NAMES.items()
            },
            skills={"billing": {"en": "Billing", "zh": "账单", "fa": "صورتحساب"}},
            numbers={one.number: one.labels for one in self.numbers},
        )

    def call(self, call: CallId) -> CallFacts | None:
        found = self.calls.get(call)
        if found is None:
            return None
        return CallFacts(
            call=call,
            state=found.state,
            ani=found.ani,
            dnis="1000",
            queue=found.queue,
            agent=AgentId(found.agent) if found.agent else None,
            started_at=found.at,
            interaction_id=f"i-{call}",
            party_id=found.party_id,
        )

    async def why(self, call: CallId) -> Sequence[WhyOffer]:
        return self.records.get(call, [])

    async def save_note(self, call: CallId, text: str) -> None:
        self._change_call(self._in_call(call), note=text)

    async def choose_party(self, call: CallId, party_id: str) -> None:
        self._change_call(self._in_call(call), party_id=party_id)

    async def finish_wrap_up(self, agent: AgentId, form: WrapUp) -> None:
        one = self._agent(agent)
        if one.state != "wrap_up" or one.call is None or one.call.id != form.call:
            raise IllegalTransition(f"{agent} does not wrap up this call")
        self.wrap_ups.append(form)
        pop = one.call.pop
        one.handled.insert(
            0,
            p.HandledCall(
                call=form.call,
                interaction_id=f"i-{form.call}",
                party_id=one.call.party_id,
                party_name=pop.party.name if pop and pop.party else "",
                queue=one.call.queue,
                queue_name=QUEUE_NAMES.get(one.call.queue, one.call.queue),
                at=one.call.at,
                talked_s=one.talked,
                disposition=form.disposition,
            ),
        )
        self._wrapped_up(one)

    def filed(self, agent: AgentId, call: CallId, disposition: str) -> None:
        self.filings.append((agent, call, disposition))

    def figures(self) -> str:
        return "parley_up 1\n"

    def trunks(self) -> Sequence[TrunkFacts]:
        return self.trunk_facts

    def strangers(self) -> Sequence[StrangerFacts]:
        return self.stranger_facts

    async def health(self) -> dict[str, str]:
        return dict(self.components)

    # --- what a test or the script does -----------------------------------------------------

    def offer(self, agent_id: str, call: FakeCall) -> str:
        """Ring the agent with ``call``; the id of the offer."""
        agent = self.agents[agent_id]
        agent.offers += 1
        offer = f"{call.id}~{agent.offers}"
        agent.call = self.calls[call.id] = replace(call, state="offered")
        self._record(agent, offer)
        self._move(agent, "reserved", offer=offer)
        return offer

    def offer_of(self, agent_id: str) -> str:
        """The offer that rings the agent, or ""."""
        shown = self.hub.current(f"agent:{agent_id}", "offer")
        return "" if shown is None else shown.offer

    def wrap_up_is_over(self, agent_id: str) -> None:
        """The wrap-up's time has run out."""
        self._wrapped_up(self.agents[agent_id])

    def show(self, agent: FakeAgent, offer: str = "") -> None:
        """Put everything about the agent into the hub."""
        topic, call, since = f"agent:{agent.id}", agent.call, agent.since or self.now()
        self.hub.put(
            topic,
            "me",
            p.AgentView(
                id=agent.id,
                name=agent.name,
                state=agent.state,
                reason=agent.reason,
                since=since,
                desktop=agent.desktop,
                phone=agent.phone,
                next_state=agent.next_state,
                by="",
                next_by="",
                skills=agent.skills,
            ),
        )
        self.hub.put(topic, "today", self._today(agent))
        self._set(topic, "offer", self._offer_view(agent, offer) if offer else None)
        self._set(topic, "call", self._call_view(agent) if agent.state == "talking" else None)
        self._set(topic, "wrap_up", self._wrap_up_view(agent) if agent.due else None)
        self._set(topic, "pop", call.pop if call else None)
        caller = (call.pop.party.name if call.pop and call.pop.party else call.ani) if call else ""
        self.hub.put(
            "agents",
            agent.id,
            p.AgentRow(
                id=agent.id,
                name=agent.name,
                state=agent.state,
                reason=agent.reason,
                since=since,
                queue=call.queue if call else "",
                queue_name=QUEUE_NAMES.get(call.queue, call.queue) if call else "",
                call=call.id if call else "",
                caller=caller,
                desktop=agent.desktop,
                phone=agent.phone,
                handled=len(agent.handled),
                occupancy=0.6,
                skills=agent.skills,
            ),
        )

    # --- inside -----------------------------------------------------------------------------

    def _agent(self, id_: str) -> FakeAgent:
        agent = self.agents.get(id_)
        if agent is None:
            raise UnknownAgent(f"no agent {id_}")
        return agent

    def _ringing(self, offer: str) -> FakeAgent:
        for agent in self.agents.values():
            if agent.state == "reserved" and self.offer_of(agent.id) == offer:
                return agent
        raise OfferGone("the offer has ended")

    def _in_call(self, call: str) -> FakeAgent:
        for agent in self.agents.values():
            if agent.call is not None and agent.call.id == call:
                return agent
        raise UnknownCall("no such call")

    def _change_call(self, who: FakeAgent, /, **changes: object) -> None:
        assert who.call is not None
        who.call = self.calls[who.call.id] = replace(who.call, **changes)  # type: ignore[arg-type]
        self.show(who, self.offer_of(who.id))

    def _move(self, agent: FakeAgent, state: str, reason: str = "", *, offer: str = "") -> None:
        agent.state, agent.reason, agent.since = state, reason, self.now()
        self.show(agent, offer)

    def _log_out(self, agent: FakeAgent) -> None:
        if agent.state in ("talking", "reserved"):
            raise IllegalTransition(f"{agent.id} is {agent.state}")
        if agent.state == "wrap_up":
            agent.next_state = "logged_out"
            self.show(agent)
        else:
            self._move(agent, "logged_out")

    def _go_ready(self, agent: FakeAgent) -> None:
        if agent.state == "wrap_up":
            self._wrapped_up(agent)
        elif agent.state == "not_ready":
            self._move(agent, "ready")
        else:
            raise IllegalTransition(f"{agent.id} is {agent.state}: go_ready is not possible now")

    def _go_not_ready(self, agent: FakeAgent, reason: str) -> None:
        if agent.state in ("talking", "wrap_up"):
            agent.next_state = "not_ready"
            self.show(agent)
        elif agent.state in ("ready", "not_ready"):
            self._move(agent, "not_ready", reason)
        else:
            raise IllegalTransition(f"{agent.id} is {agent.state}")

    def _end(self, agent: FakeAgent) -> None:
        if agent.state != "talking":
            raise IllegalTransition("the call is over already")
        agent.talked = (self.now() - (agent.connected_at or self.now())).total_seconds()
        agent.due = self.now() + WRAP_UP_FOR
        agent.state = "wrap_up"
        self._change_call(agent, state="ended")
        self._move(agent, "wrap_up")

    def _wrapped_up(self, agent: FakeAgent) -> None:
        following = agent.next_state or "ready"
        agent.call, agent.due, agent.next_state = None, None, ""
        self._move(agent, following, "break" if following == "not_ready" else "")

    def _set(self, topic: str, key: str, value: object | None) -> None:
        if value is None:
            self.hub.drop(topic, key)
        else:
            self.hub.put(topic, key, value)

    def _offer_view(self, agent: FakeAgent, offer: str) -> p.OfferView:
        call = agent.call
        assert call is not None
        return p.OfferView(
            offer=offer,
            call=call.id,
            queue=call.queue,
            queue_name=QUEUE_NAMES.get(call.queue, call.queue),
            ani=call.ani,
            dnis="1000",
            offered_at=agent.since or self.now(),
            expires_at=(agent.since or self.now()) + RING_FOR,
            waited_s=round((self.now() - call.at).total_seconds(), 1),
            language=call.language,
        )

    def _call_view(self, agent: FakeAgent) -> p.CallView:
        call = agent.call
        assert call is not None
        return p.CallView(
            call=call.id,
            queue=call.queue,
            queue_name=QUEUE_NAMES.get(call.queue, call.queue),
            ani=call.ani,
            dnis="1000",
            state=call.state,
            connected_at=agent.connected_at or self.now(),
            state_since=self.now(),
            language=call.language,
            note=call.note,
            interaction_id=f"i-{call.id}",
        )

    def _wrap_up_view(self, agent: FakeAgent) -> p.WrapUpView:
        call = agent.call
        assert call is not None
        assert agent.due is not None
        return p.WrapUpView(
            call=call.id,
            queue=call.queue,
            ani=call.ani,
            started_at=agent.due - WRAP_UP_FOR,
            due=agent.due,
            latest=agent.due + WRAP_UP_FOR,
            note=call.note,
            interaction_id=f"i-{call.id}",
            party_id=call.party_id,
        )

    def _today(self, agent: FakeAgent) -> p.TodayView:
        return p.TodayView(
            handled=len(agent.handled),
            talk_s=sum(one.talked_s for one in agent.handled),
            hold_s=0.0,
            wrap_up_s=20.0 * len(agent.handled),
            missed=agent.missed,
            occupancy=0.6,
            recent=agent.handled[:20],
        )

    def _record(self, agent: FakeAgent, offer: str) -> None:
        call = agent.call
        assert call is not None
        others = [one for one in self.agents.values() if one.id != agent.id]
        lines = [
            WhyLine(
                agent=agent.id,
                name=agent.name,
                chosen=True,
                cause="chosen",
                params={"occupancy": "0.42"},
            )
        ]
        lines += [
            WhyLine(
                agent=one.id,
                name=one.name,
                chosen=False,
                cause="ranked_lower" if one.state == "ready" else "not_ready",
                params={},
            )
            for one in others[:9]
        ]
        self.records.setdefault(call.id, []).append(
            WhyOffer(
                offer=offer,
                agent=agent.id,
                agent_name=agent.name,
                at=self.now(),
                ended="",
                waited_s=round((self.now() - call.at).total_seconds(), 1),
                queue_length=3,
                needs=["english>=2"],
                counts={"not_ready": len(others)},
                lines=lines,
                sentence=f"{agent.name} was the least busy agent with the needed skills.",
            )
        )
