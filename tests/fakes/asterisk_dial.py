"""The fake Asterisk's dialplan: it rings an agent for a caller, joins the two and parts them.

What contexts ``parley-ring`` and ``parley-hand`` of ``extensions.conf.j2`` do, without Asterisk.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.asterisk_model import CAUSE_OF_MANNER, FakeChannel, PhoneManner

if TYPE_CHECKING:
    from tests.fakes.asterisk import FakeAsterisk

OFFER: Final = "PARLEY_OFFER"
REGION: Final = "PARLEY_REGION"
SAFETY_NET: Final = "parley-safety-net"
TAKER: Final = "Local/take@parley-hand"
CALLER_LEFT: Final = 31
CANCELLED: Final = 127
NOBODY_THERE: Final = 3
FORWARDED: Final = 0
"""The cause of a leg whose phone sends its caller elsewhere, which Dial does not do."""
NEXT_RINGS_FOR: Final = timedelta(seconds=20)
"""The queues' time to ring, as the fake's dialplan has it for phones named beforehand."""
STATUS: Final = {0: "NOANSWER", 16: "NOANSWER", 17: "BUSY", 19: "NOANSWER", 34: "CONGESTION"}
"""DIALSTATUS by the cause of a leg that never answered; CHANUNAVAIL for all others."""


def rings_next(fake: "FakeAsterisk", caller: FakeChannel, queue: str) -> bool:
    """Ring the first of the phones named beforehand that no other caller has."""
    name, absurd = f"NEXT_PHONES_{queue}", len(caller.number) > 32 or len(caller.caller_name) > 60
    while True:
        phone, _, fake.global_variables[name] = fake.global_variables.get(name, "").partition("&")
        if not phone or absurd:
            return False
        if all(channel.group != phone for channel in fake.channels.values()):
            break
    caller.variables[OFFER] = f"{caller.id}~0"
    _dial(fake, caller, phone, NEXT_RINGS_FOR, caller.dnis)
    return True


def ring(fake: "FakeAsterisk", caller: FakeChannel, where: str) -> None:
    """Dial a phone for a caller: ``<number of the offer>~<seconds>~<options>~<phone>``."""
    number, seconds, options, phone = where.split("~", 3)
    caller.context = "parley-ring"
    caller.variables[OFFER] = f"{caller.id}~{number}"
    caller.moh = "default" if "m" in options else ""
    _dial(fake, caller, phone, timedelta(seconds=int(seconds)), where)


def _dial(
    fake: "FakeAsterisk", caller: FakeChannel, phone_id: str, ring_for: timedelta, where: str
) -> None:
    caller.group = phone_id
    phone = fake.phones.get(phone_id)
    if phone is None or phone.manner is PhoneManner.UNREACHABLE:
        back(fake, caller, NOBODY_THERE)
        return
    given = caller.variables.get("CALLERID(all)", "")
    leg = FakeChannel(
        id=fake.new_id(),
        name=f"PJSIP/{phone_id}-{len(fake.requests):08x}",
        state="Ringing",
        number=caller.number,
        caller_name=given.split('"')[1] if '"' in given else caller.caller_name,
        dialled=where,
        dialled_by=caller.id,
        created=fake.now,
        rings_until=fake.now + ring_for,
        variables={name: caller.variables.get(name, "") for name in (OFFER, REGION)},
    )
    fake.channels[leg.id] = leg
    fake.tell_of(leg, "ChannelCallerId", channel=fake.channel_json(leg.id) | {"state": "Down"})
    if phone.manner is PhoneManner.FORWARDS:
        leg.dialled_by = ""
        fake.destroy(leg.id, FORWARDED)
        back(fake, caller, FORWARDED, "BUSY")
        return
    if phone.manner in CAUSE_OF_MANNER:
        fake.destroy(leg.id, CAUSE_OF_MANNER[phone.manner])
        return
    if phone.manner is PhoneManner.DEAF:
        leg.state = "Down"
        return
    fake.tell_of(leg, "ChannelStateChange", channel=fake.channel_json(leg.id))
    if phone.manner is PhoneManner.ANSWERS:
        fake.answer(leg.id)


def back(fake: "FakeAsterisk", caller: FakeChannel, cause: int, status: str = "") -> None:
    """Nobody took the call: the caller goes back to the application, or to the safety net."""
    caller.moh, caller.group = "", ""
    if fake.connected or fake.listeners:
        status = status or STATUS.get(cause, "CHANUNAVAIL")
        fake.enter(caller, fake.app, ("back", status, str(cause)))
    else:
        caller.context = SAFETY_NET


def leg_of(fake: "FakeAsterisk", caller: str) -> FakeChannel | None:
    """The leg that rings or talks for this caller, dialled by Asterisk."""
    return next((c for c in fake.channels.values() if c.dialled_by == caller), None)


def talks(fake: "FakeAsterisk") -> list[dict[str, Any]]:
    """The bridges in which Dial has joined callers and agents, as the listing shows them."""
    return [
        {
            "id": f"of-{leg.id}",
            "technology": "simple_bridge",
            "bridge_type": "mixing",
            "name": "",
            "channels": [leg.dialled_by, leg.id],
            "creationtime": fake.channel_json(leg.id)["creationtime"],
        }
        for leg in fake.channels.values()
        if leg.dialled_by and leg.state == "Up"
    ]


def part(fake: "FakeAsterisk", gone: FakeChannel, cause: int, *, ordered: bool) -> None:
    """One of two is gone: what becomes of the other."""
    if gone.dialled_by:
        caller = fake.channels.get(gone.dialled_by)
        if caller is None:
            return
        if gone.state == "Up":
            fake.destroy(caller.id, 16)
        else:
            back(fake, caller, cause)
        return
    leg = leg_of(fake, gone.id)
    if leg is not None:
        leg.dialled_by = ""
        rang = cause if ordered else CANCELLED
        fake.destroy(leg.id, CALLER_LEFT if leg.state == "Up" else rang)


def take(fake: "FakeAsterisk", variables: Mapping[str, str]) -> None:
    """Redirect a caller, and the leg she talks with if it is named, into the application."""
    caller = fake.channels.get(variables["PARLEY_CALL"])
    if caller is not None:
        _redirect(fake, caller, variables["PARLEY_LEG"])
    for half in (1, 2):
        helper = FakeChannel(id=fake.new_id(), name=f"{TAKER}-00000000;{half}", state="Ring")
        fake.channels[helper.id] = helper
        helper.originated = True
        fake.destroy(helper.id, 16)


def _redirect(fake: "FakeAsterisk", caller: FakeChannel, wanted: str) -> None:
    if caller.in_stasis:
        fake.leave_bridge(caller)
        fake.emit("StasisEnd", channel=fake.channel_json(caller.id))
    leg = leg_of(fake, caller.id)
    caller.context, caller.moh, caller.group = "parley-hand", "", ""
    if leg is not None:
        leg.dialled_by = ""
        if leg.state == "Up" and wanted == leg.id:
            leg.context = "parley-hand"
            fake.enter(leg, fake.app, ("leg",))
        else:
            fake.destroy(leg.id, CALLER_LEFT if leg.state == "Up" else 16)
    fake.enter(caller, fake.app, ("hand", caller.dnis))
