"""The fake Asterisk's dialplan: it rings an agent for a caller, joins the two and parts them.

What contexts ``parley-ring`` and ``parley-hand`` of ``extensions.conf.j2`` do, without Asterisk.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tests.fakes.asterisk_model import CAUSE_OF_MANNER, FakeChannel, PhoneManner

if TYPE_CHECKING:
    from tests.fakes.asterisk import FakeAsterisk

OFFER: Final = "PARLEY_OFFER"
CALLER_LEFT: Final = 31
CANCELLED: Final = 127
NOBODY_THERE: Final = 20
STATUS: Final = {16: "NOANSWER", 17: "BUSY", 19: "NOANSWER"}
"""DIALSTATUS by the cause of a leg that never answered; CHANUNAVAIL for all others."""


def ring(fake: "FakeAsterisk", caller: FakeChannel, where: str) -> None:
    """Dial a phone for a caller: ``<number of the offer>~<seconds>~<options>~<phone>``."""
    number, seconds, options, phone_id = where.split("~", 3)
    caller.context = "parley-ring"
    caller.variables[OFFER] = f"{caller.id}~{number}"
    caller.moh = "default" if "m" in options else ""
    phone = fake.phones.get(phone_id)
    if phone is None or phone.manner is PhoneManner.UNREACHABLE:
        back(fake, caller, NOBODY_THERE)
        return
    leg = FakeChannel(
        id=fake.new_id(),
        name=f"PJSIP/{phone_id}-{len(fake.requests):08x}",
        state="Ringing",
        number=caller.number,
        caller_name=caller.variables.get("CALLERID(name)", caller.caller_name),
        dialled_by=caller.id,
        created=fake.now,
        rings_until=fake.now + timedelta(seconds=int(seconds)),
        variables={OFFER: caller.variables[OFFER]},
    )
    fake.channels[leg.id] = leg
    if phone.manner in CAUSE_OF_MANNER:
        fake.destroy(leg.id, CAUSE_OF_MANNER[phone.manner])
        return
    fake.tell_of(leg, "ChannelStateChange", channel=fake.channel_json(leg.id))
    if phone.manner is PhoneManner.ANSWERS:
        fake.answer(leg.id)


def back(fake: "FakeAsterisk", caller: FakeChannel, cause: int) -> None:
    """Nobody took the call: the caller goes back to the application, or to the safety net."""
    caller.moh = ""
    if fake.connected or fake.listeners:
        said = "0" if cause == 19 else str(cause)
        fake.enter(caller, fake.app, ("back", STATUS.get(cause, "CHANUNAVAIL"), said))
    else:
        caller.context = "parley-safety-net"


def leg_of(fake: "FakeAsterisk", caller: str) -> FakeChannel | None:
    """The leg that rings or talks for this caller, dialled by Asterisk."""
    return next((c for c in fake.channels.values() if c.dialled_by == caller), None)


def part(fake: "FakeAsterisk", gone: FakeChannel, cause: int) -> None:
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
        fake.destroy(leg.id, CALLER_LEFT if leg.state == "Up" else CANCELLED)


def take(fake: "FakeAsterisk", variables: Mapping[str, str]) -> None:
    """Redirect a caller, and the leg she talks with if it is named, into the application."""
    caller = fake.channels.get(variables["PARLEY_CALL"])
    if caller is None:
        return
    if caller.in_stasis:
        fake.leave_bridge(caller)
        fake.emit("StasisEnd", channel=fake.channel_json(caller.id))
    leg = leg_of(fake, caller.id)
    caller.context, caller.moh = "parley-hand", ""
    if leg is not None:
        leg.dialled_by = ""
        if leg.state == "Up" and variables["PARLEY_LEG"] == leg.id:
            leg.context = "parley-hand"
            fake.enter(leg, fake.app, ("leg",))
        else:
            fake.destroy(leg.id, CALLER_LEFT if leg.state == "Up" else 16)
    fake.enter(caller, fake.app, ("hand",))
