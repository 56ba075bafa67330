"""Callers, agents and faults in any order: nothing may be left behind, nobody may be stuck.

The daemon is the real one; only Asterisk is a fake, whose events come late, twice or shuffled.
"""

import asyncio
import contextlib
import tempfile
from itertools import groupby
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd import commands as ask
from acd.agent import AgentState
from acd.call import CallState
from acd.machine import Refused
from agent_desktop.server.ports import Unavailable
from tests.fakes.asterisk import FakeAsterisk, PhoneManner
from tests.fakes.house import House, house

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = [pytest.mark.property, pytest.mark.timeout(300)]

ACTS = (
    "ring",
    "hang_up",
    "answer",
    "refuse",
    "agent_hangs_up",
    "ready",
    "break",
    "hold",
    "retrieve",
    "withdraw",
    "reload",
    "hold_events",
    "release_events",
    "ring_fails",
    "take_fails",
    "join_fails",
    "answer_fails",
    "drop_socket",
    "come_back",
    "restart_asterisk",
    "let_it_run",
)
DAEMON_DIES = "daemon_dies"


class Storm:
    """Plays one sequence of acts on a house; the house gets a new daemon when one dies."""

    house: House

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.callers: list[str] = []

    async def play(self, act: str) -> None:
        fake = self.house.asterisk
        if not fake.connected and act in ("answer", "refuse"):
            act = "come_back"
        simple: dict[str, Callable[[], object]] = {
            "ring": self._ring,
            "hang_up": self._hang_up,
            "answer": self._answer,
            "refuse": lambda: self._at_the_phone(lambda leg: fake.hang_up(leg, 21)),
            "agent_hangs_up": self._agent_hangs_up,
            "hold_events": fake.hold_events,
            "release_events": fake.release_events,
            "ring_fails": lambda: fake.fail(r"POST channels/.*/continue", status=500),
            "take_fails": lambda: fake.fail("POST channels$", status=500),
            "join_fails": lambda: fake.fail("addChannel", status=422),
            "answer_fails": lambda: fake.fail("channels/.*/answer", status=404),
            "drop_socket": fake.drop_socket,
        }
        lasting: dict[str, Callable[[], Awaitable[object]]] = {
            "ready": lambda: self.house.go_ready(self.chance.choice(("ana", "ben"))),
            "break": lambda: self.house.take_a_break(self.chance.choice(("ana", "ben"))),
            "come_back": fake.come_back,
            "restart_asterisk": self._restart_asterisk,
        }
        if act in simple:
            simple[act]()
        elif act in lasting:
            await lasting[act]()
        elif act in ("hold", "retrieve", "withdraw", "reload"):
            await self._do_with_a_call(act)
        if self.chance.random() < 0.6:
            await self.house.settle(20)

    def go_on_without(self) -> None:
        """What people do while there is no daemon."""
        acts = (self._ring, self._hang_up, self._agent_hangs_up, self._answer)
        for _ in range(self.chance.randrange(4)):
            self.chance.choice(acts)()

    async def _restart_asterisk(self) -> None:
        manners = {phone.id: phone.manner for phone in self.house.asterisk.phones.values()}
        self.house.asterisk.restart()
        await self.house.asterisk.come_back()
        for phone, manner in manners.items():
            self.house.asterisk.phone_comes(phone)
            self.house.asterisk.phone(phone, manner)

    async def _do_with_a_call(self, act: str) -> None:
        calls = list(self.house.daemon.floor.live_calls())
        if not calls:
            return
        call = self.chance.choice(calls)
        engine, agent = self.house.daemon.engine, call.agent
        with contextlib.suppress(Refused, Unavailable):
            if act == "hold":
                await engine.ask(ask.HoldCall(call=call.id))
            elif act == "retrieve":
                await engine.ask(ask.RetrieveCall(call=call.id))
            elif act == "withdraw" and call.offer is not None:
                await engine.ask(ask.ExpireOffer(offer=call.offer))
            elif act == "reload" and agent is not None:
                await self.house.daemon.backend.rejoin(agent, call.id)

    def _answer(self) -> None:
        self._at_the_phone(self.house.asterisk.answer)

    def _at_the_phone(self, act: "Callable[[str], None]") -> None:
        for leg in self.house.asterisk.ringing()[:1]:
            act(leg)

    def _ring(self) -> None:
        self.callers.append(self.house.asterisk.caller_rings(f"+1202555{len(self.callers):04}"))

    def _hang_up(self) -> None:
        if self.callers:
            self.house.asterisk.hang_up(self.chance.choice(self.callers))

    def _agent_hangs_up(self) -> None:
        legs = [leg.id for leg in self.house.asterisk.channels.values() if "~" in leg.made_for]
        if legs:
            self.house.asterisk.hang_up(self.chance.choice(legs))

    async def end(self) -> None:
        """The storm is over: everything is connected again and every caller goes home."""
        self.house.asterisk.release_events()
        await self.house.asterisk.come_back()
        await self.house.settle()
        for caller in self.callers:
            self.house.asterisk.hang_up(caller)
        await self.house.settle()
        await self.house.daemon.reconciler.sweep()
        await self.house.until(self._calm)

    def _calm(self) -> bool:
        daemon = self.house.daemon
        return not (self.house.live() or len(daemon.visits) or daemon.effects.busy)


async def _weather(acts: list[str], seed: int) -> None:
    storm, asterisk = Storm(Random(seed)), FakeAsterisk()
    lives = [list(life) for dies, life in groupby(acts, DAEMON_DIES.__eq__) if not dies] or [[]]
    with tempfile.TemporaryDirectory() as folder:
        for number, life in enumerate(lives, start=1):
            async with house(Path(folder), seed=seed, asterisk=asterisk) as place:
                storm.house = place
                if number == 1:
                    await place.sign_in("ana", PhoneManner.ANSWERS)
                    await place.sign_in("ben", PhoneManner.RINGS)
                    if seed % 2:  # else a quick caller finds nobody named beforehand
                        await place.named("ana", "ben")
                else:
                    await asterisk.come_back()
                for act in life:
                    await storm.play(act)
                    _nobody_talks_twice(place)
                if number == len(lives):
                    await storm.end()
                    _nothing_is_left(place)
                    await _one_record_each(place, storm)
            asterisk.pending_events()  # what a dead daemon has not read, nobody reads
            asterisk.drop_socket()
            storm.go_on_without()


def _nobody_talks_twice(place: House) -> None:
    talking = [call.agent for call in place.daemon.floor.live_calls() if call.with_agent]
    assert len(talking) == len(set(talking)), "I3"


def _nothing_is_left(place: House) -> None:
    daemon = place.daemon
    assert place.live() == []
    assert place.asterisk.leftovers() == []
    assert len(daemon.visits) == 0
    assert daemon.effects.busy == 0
    states = {agent.state for agent in daemon.floor.agents()}
    assert states <= {AgentState.READY, AgentState.NOT_READY, AgentState.WRAP_UP}
    wrapping = sum(agent.state is AgentState.WRAP_UP for agent in daemon.floor.agents())
    assert len(daemon.timers) == wrapping, "only wrap-ups still have a deadline"


async def _one_record_each(place: House, storm: Storm) -> None:
    known = [call for call in storm.callers if place.daemon.floor.has_call(call)]  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        await place.daemon.recorder.stored(known[-1]) if known else None  # type: ignore[arg-type]
    async with place.database.work() as work:
        records = await work.interactions.everything()
    assert sorted(record.external_id for record in records) == sorted(known), "I1"
    assert all(record.ended_at is not None for record in records)
    for call in known:
        assert place.daemon.floor.call(call).state is CallState.ENDED  # type: ignore[arg-type]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
@given(
    st.lists(st.sampled_from((*ACTS, DAEMON_DIES)), min_size=3, max_size=25),
    st.integers(0, 10_000),
)
def test_no_storm_leaves_a_leg_a_bridge_a_timer_or_a_lease_behind(
    acts: list[str], seed: int
) -> None:
    asyncio.run(_weather(acts, seed))
