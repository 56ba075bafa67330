"""Who is calling, why, and what to offer: on the agent's screen while her phone rings.

The look-up began when the call arrived, so at offer time the pop is only sent. Should the
customer base be slow, the number alone is shown and the rest follows.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from acd import events as e
from acd.floor import Floor
from acd.ids import AgentId, CallId
from agent_desktop.server import protocol as p
from agent_desktop.server.hub import Hub
from crm_core.domain.caller import CallerFile, Candidate, MatchState, PartyHeader
from crm_core.domain.phone import best_reading, classify
from cti.callers import Caller, Callers
from cti.desk import topic_of
from cti.journal import Entry


class ScreenPop:
    """Publishes ``pop`` to the agent who is offered a call or talks; ``shown`` is told of it."""

    def __init__(
        self,
        floor: Floor,
        hub: Hub,
        callers: Callers,
        *,
        region: str,
        shown: Callable[[AgentId, Caller], None],
    ) -> None:
        self._floor, self._hub, self._callers, self._region = floor, hub, callers, region
        self._shown = shown

    def take(self, entries: Sequence[Entry]) -> None:
        """Show pops for offered calls."""
        for entry in entries:
            match entry.event:
                case e.CallQueued(call=call, queue=queue):
                    self._callers.queued(call, queue)
                case e.CallOffered(call=call, agent=agent):
                    self._show(call, agent)
                case _:
                    pass

    def resume(self) -> None:
        """After a restart: look up whoever is here again, and show the calls that agents have."""
        for call in self._floor.live_calls():
            self._callers.arrived(call.id, call.ani, call.queue)
        for agent in self._floor.agents():
            if agent.call is not None and self._floor.has_call(agent.call):
                self._show(agent.call, agent.id)

    def changed(self, call: CallId) -> None:
        """More is known of a caller: show it to who has the call now.

        Who has only just been chosen is shown it with the offer.
        """
        agent = self._holder(call)
        if agent is not None and self._hub.has(topic_of(agent), "pop"):
            self._show(call, agent)
            self._hub.flush(topic_of(agent))

    def _holder(self, call: CallId) -> AgentId | None:
        """Who is offered the call, talks to it or wraps it up."""
        if not self._floor.has_call(call):
            return None
        agent = self._floor.call(call).agent
        if agent is None or self._floor.agent(agent).call != call:
            return None
        return agent

    def _show(self, call: CallId, agent: AgentId) -> None:
        self._callers.arrived(call, self._floor.call(call).ani)
        caller = self._callers.get(call)
        if caller is not None:
            self._hub.change(topic_of(agent), "pop", partial(pop_of, caller, self._region))
            self._shown(agent, caller)


def pop_of(caller: Caller, region: str) -> p.Pop:
    """The wire form of what is known of a caller: as long as it is no more, his number."""
    known = caller.file is not None
    file = caller.file or CallerFile(ani=classify(caller.ani, region), state=MatchState.NONE)
    return p.Pop(
        call=caller.call,
        ani=best_reading(caller.ani, region),
        ani_kind=str(file.ani.kind),
        region=file.ani.region,
        state=str(file.state),
        verified=caller.verified and known,
        party=_header(file.party) if file.party is not None else None,
        alerts=[p.Alert(kind=alert.kind, params=dict(alert.params)) for alert in file.alerts],
        candidates=[_match(candidate) for candidate in file.candidates],
        reasons=_reasons(file),
        cases=_cases(file),
        contacts=_contacts(file),
        orders=_orders(file),
        suggestions=[
            p.Suggestion(
                key=each.key,
                reason_key=each.reason_key,
                params=dict(each.params),
                subject_type=each.subject_type,
                subject_id=each.subject_id,
            )
            for each in file.suggestions
        ],
        ivr_path=list(caller.path),
        complete=known or caller.failed,
    )


def _header(party: PartyHeader) -> p.PartyHeader:
    return p.PartyHeader(
        id=party.id,
        kind=str(party.kind),
        name=party.name,
        number=party.number,
        tier=str(party.tier),
        language=party.language,
        city=party.city,
        since=party.since,
        phones=list(party.phones),
        emails=list(party.emails),
        owner=party.owner,
        version=party.version,
    )


def _match(candidate: Candidate) -> p.Match:
    return p.Match(
        party_id=candidate.party_id,
        name=candidate.name,
        tier=str(candidate.tier),
        city=candidate.city,
        number=candidate.number,
        shared=candidate.shared,
        open_cases=candidate.open_cases,
        last_contact=candidate.last_contact,
        why=candidate.why,
    )


def _reasons(file: CallerFile) -> list[p.Reason]:
    return [
        p.Reason(
            key=reason.key,
            score=reason.score,
            evidence_key=reason.evidence_key,
            params=dict(reason.params),
            subject_type=reason.subject_type,
            subject_id=reason.subject_id,
        )
        for reason in file.reasons
    ]


def _cases(file: CallerFile) -> list[p.CaseLine]:
    return [
        p.CaseLine(
            id=case.id,
            number=case.number,
            subject=case.subject,
            state=str(case.state),
            priority=str(case.priority),
            kind=str(case.kind),
            opened_at=case.opened_at,
            due_at=case.due_at,
        )
        for case in file.cases
    ]


def _contacts(file: CallerFile) -> list[p.ContactLine]:
    return [
        p.ContactLine(
            id=contact.id,
            channel=str(contact.channel),
            direction=str(contact.direction),
            at=contact.at,
            agent=contact.agent,
            queue=contact.queue,
            disposition=contact.disposition,
            summary=contact.summary,
            talked_s=(contact.talked or timedelta(0)).total_seconds(),
            party_name=contact.party_name,
        )
        for contact in file.contacts
    ]


def _orders(file: CallerFile) -> list[p.OrderLine]:
    return [
        p.OrderLine(
            id=order.id,
            number=order.number,
            state=str(order.state),
            placed_at=order.placed_at,
            expected_at=order.expected_at,
            total=str(order.total),
            currency=order.currency,
            item=order.item,
        )
        for order in file.orders
    ]
