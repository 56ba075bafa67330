"""Why this agent: decision records of live calls and of stored ones, in plain words."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from acd import events as e
from acd.explain import explain
from acd.floor import Floor
from acd.ids import CallId
from acd.reasons import OfferEnd, Outcome
from agent_desktop.server.ports import WhyLine, WhyOffer
from crm_core.storage.database import Database
from cti.journal import Entry
from cti.names import agent_name
from cti.recorder import read_decision

ANSWERED = "answered"
KEPT = 1_000
"""Calls whose records are kept at hand; older ones are read from their interaction."""


class Decisions:
    """Collects offers and how they ended."""

    def __init__(self, floor: Floor, database: Database) -> None:
        self._floor, self._database = floor, database
        self._offers: dict[CallId, list[e.CallOffered]] = {}
        self._ended: dict[str, str] = {}

    def take(self, entries: Sequence[Entry]) -> None:
        """Note the offers of a batch."""
        for entry in entries:
            match entry.event:
                case e.CallOffered(call=call) as event:
                    self._offers.setdefault(call, []).append(event)
                    self._trim()
                case e.OfferEnded(call=call, offer=offer, reason=reason) if call in self._offers:
                    self._ended[offer] = str(reason)
                case e.CallConnected(offer=offer):
                    self._ended[offer] = ANSWERED
                case e.CallEnded(offer=offer) if offer is not None:
                    self._ended.setdefault(offer, str(OfferEnd.CALLER_GONE))
                case _:
                    pass

    def _trim(self) -> None:
        while len(self._offers) > KEPT:
            call = next(iter(self._offers))
            for offer in self._offers.pop(call):
                self._ended.pop(offer.offer, None)

    async def of(self, call: CallId) -> Sequence[WhyOffer]:
        """The decision records of a call, oldest first."""
        offers = self._offers.get(call)
        if offers is not None:
            return [self._why(offer, self._ended.get(offer.offer, "ringing")) for offer in offers]
        async with self._database.work() as work:
            record = await work.interactions.of_call(call)
        if record is None or record.decisions is None:
            return []
        outcomes = {segment.seq: segment.outcome for segment in record.segments}
        return [
            self._why(read_decision(stored), _ended(outcomes.get(number, "")))
            for number, stored in enumerate(record.decisions, start=1)
        ]

    def _why(self, offer: e.CallOffered, ended: str) -> WhyOffer:
        name = partial(agent_name, self._floor)
        told = explain(offer.decision, name)
        return WhyOffer(
            offer=offer.offer,
            agent=offer.agent,
            agent_name=name(offer.agent),
            at=offer.at,
            ended=ended,
            waited_s=offer.decision.waited / timedelta(seconds=1),
            queue_length=offer.decision.queue_length,
            needs=[f"{need.skill}:{need.level}" for need in offer.decision.needs],
            counts=dict(offer.decision.counts),
            lines=[
                WhyLine(
                    agent=cause.agent,
                    name=name(cause.agent),
                    chosen=cause.chosen,
                    cause=cause.key,
                    params=dict(cause.params),
                )
                for cause in told.causes
            ],
            sentence=told.sentence,
        )


def _ended(outcome: str) -> str:
    """How a stored segment's offer ended: one that led to a talk has the call's outcome."""
    talked = outcome in (Outcome.COMPLETED, Outcome.FAILED)
    return ANSWERED if talked else outcome
