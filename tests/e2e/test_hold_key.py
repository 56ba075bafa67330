"""The hold key of a desk phone: a re-INVITE in a talk that Asterisk joined by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from socket import SOCK_DGRAM

import pytest

from tests.asterisk_fixture import free_port
from tests.e2e.product import Desk, Product, running
from tests.e2e.test_call_path import NUMBER, floor_of_two, in_bridges
from tests.eventually import until
from tests.fakes.sip_phone import Dialog, SipPhone
from tests.sipp import Ear

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ENOUGH = timedelta(milliseconds=300)
A_WHILE = 0.6
PACKET_EVERY = 0.02


@pytest.fixture
def ports() -> tuple[int, int]:
    return free_port(SOCK_DGRAM), free_port(SOCK_DGRAM)


@dataclass(kw_only=True)
class Side:
    """One of the two who talk."""

    phone: SipPhone
    dialog: Dialog
    ear: Ear
    said: int = 0

    async def speaks_to(self, other: "Side") -> None:
        """Speak until the other has heard it."""
        other.ear.packets()
        heard = timedelta()
        async with asyncio.timeout(5):
            while heard < ENOUGH:
                assert self.dialog.sound is not None
                self.said += 1
                self.ear.speak(self.dialog.sound, self.said)
                await asyncio.sleep(PACKET_EVERY)
                heard += other.ear.sounding()

    async def hears_music(self) -> None:
        """Sound comes though nobody speaks."""
        self.ear.packets()
        heard = timedelta()
        async with asyncio.timeout(5):
            while heard < ENOUGH:
                await asyncio.sleep(PACKET_EVERY)
                heard += self.ear.sounding()

    async def hears_nothing(self) -> None:
        """No sound comes."""
        await asyncio.sleep(0.2)  # what was under way
        self.ear.packets()
        await asyncio.sleep(A_WHILE)
        assert self.ear.sounding() == timedelta()


@dataclass(kw_only=True)
class Talk:
    """Ben at his desk phone talks with a caller."""

    product: Product
    desk: Desk
    ben: Side
    caller: Side

    async def both_hear(self) -> None:
        await self.ben.speaks_to(self.caller)
        await self.caller.speaks_to(self.ben)

    async def is_held(self) -> None:
        """The floor says so, the caller hears music, Ben nothing."""
        await self.shows("held")
        await self.caller.hears_music()
        await self.ben.hears_nothing()
        assert not self.ben.dialog.ended.is_set()
        assert not self.caller.dialog.ended.is_set()

    async def goes_on(self) -> None:
        """The floor says so, the music is over, both hear each other."""
        await self.shows("talking")
        await until(lambda: in_bridges(self.product, 2))
        await self.caller.hears_nothing()
        await self.both_hear()

    async def shows(self, state: str) -> None:
        await self.desk.until(lambda d: d.own.get("call", {}).get("state") == state, state)


@contextlib.asynccontextmanager
async def talking(folder: Path, ports: tuple[int, int]) -> AsyncIterator[Talk]:
    """A talk, joined by Asterisk itself, and nothing left of it at the end."""
    with Ear() as hers, Ear() as his:
        async with (
            running(floor_of_two(folder, ports)) as product,
            product.desk("ben") as desk,
            product.phone("ben", "answers", port=ports[1], media=his.port) as phone,
            product.phone("caller", media=hers.port) as line,
        ):
            await desk.ask("go_ready")
            dialog = await line.dial_and_talk("5004", caller=NUMBER)
            await desk.until(lambda d: d.state == "talking", "Ben talks")
            talk = Talk(
                product=product,
                desk=desk,
                ben=Side(phone=phone, dialog=phone.last, ear=his),
                caller=Side(phone=line, dialog=dialog, ear=hers),
            )
            await talk.both_hear()
            yield talk
            await product.until_quiet()


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_a_caller_held_by_the_phones_own_key_hears_music_and_talks_again(
    tmp_path: Path, ports: tuple[int, int], direction: str
) -> None:
    async with talking(tmp_path, ports) as talk:
        for _ in range(2):  # the first time both legs are taken in hand
            assert await talk.ben.phone.hold(talk.ben.dialog, direction=direction) == 200
            await talk.is_held()
            assert await talk.ben.phone.resume(talk.ben.dialog) == 200
            await talk.goes_on()

        talk.ben.phone.hang_up(talk.ben.dialog)
        await talk.desk.until(lambda d: d.state == "wrap_up", "Ben has hung up")
        async with asyncio.timeout(5):
            await talk.caller.dialog.ended.wait()
        await talk.product.until_quiet()

        async def causes() -> list[str]:
            return [each.cause for each in await talk.product.interactions() if each.cause]

        assert await until(causes) == ["agent_hung_up"]


async def test_who_is_held_by_the_phones_key_may_leave(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with talking(tmp_path, ports) as talk:
        assert await talk.ben.phone.hold(talk.ben.dialog) == 200
        await talk.is_held()
        talk.caller.phone.hang_up(talk.caller.dialog)
        await talk.desk.until(lambda d: d.state == "wrap_up", "she has hung up")
        async with asyncio.timeout(5):
            await talk.ben.dialog.ended.wait()


async def test_who_holds_by_the_phones_key_may_hang_up(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with talking(tmp_path, ports) as talk:
        assert await talk.ben.phone.hold(talk.ben.dialog) == 200
        await talk.is_held()
        talk.ben.phone.hang_up(talk.ben.dialog)
        await talk.desk.until(lambda d: d.state == "wrap_up", "he has hung up")
        async with asyncio.timeout(5):
            await talk.caller.dialog.ended.wait()


async def test_a_key_pressed_twice_at_once_leaves_them_talking(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    """The second press comes while both are being taken in hand."""
    async with talking(tmp_path, ports) as talk:
        assert await talk.ben.phone.hold(talk.ben.dialog) == 200
        assert await talk.ben.phone.resume(talk.ben.dialog) == 200
        await asyncio.sleep(1)  # both presses have done what they do
        await talk.goes_on()
        talk.ben.phone.hang_up(talk.ben.dialog)


async def test_the_page_takes_back_a_hold_of_the_phone_and_the_phone_one_of_the_page(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    async with talking(tmp_path, ports) as talk:
        call = talk.desk.own["call"]["call"]
        assert (await talk.desk.ask("hold", call=call))["ok"]
        await talk.is_held()
        assert await talk.ben.phone.hold(talk.ben.dialog) == 200
        await talk.is_held()
        assert await talk.ben.phone.resume(talk.ben.dialog) == 200
        await talk.goes_on()
        talk.ben.phone.hang_up(talk.ben.dialog)
