"""Made-up agents at their desktops: ready, talk, write up, a break now and then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cti.traffic.desktop import Desktop, DesktopRefused
from cti.traffic.plan import Habits

BREAK: Final = "break"


@dataclass(slots=True)
class Tally:
    """What the agents have done between them."""

    talked: int = 0
    wrapped_up: int = 0
    missed: int = 0
    refused: list[str] = field(default_factory=list)
    """What the server refused, newest last."""


async def work(desktop: Desktop, habits: Habits, tally: Tally, dispositions: Sequence[str]) -> None:
    """Do what an agent does until the connection closes."""
    while not desktop.closed:
        state = desktop.state
        try:
            await _react(desktop, state, habits, tally, dispositions)
        except (DesktopRefused, TimeoutError) as error:
            tally.refused.append(str(error) or "no answer in time")
            await asyncio.sleep(1.0)


async def _react(
    desktop: Desktop, state: str, habits: Habits, tally: Tally, dispositions: Sequence[str]
) -> None:
    match state:
        case "not_ready":
            tally.missed += desktop.own["me"].get("reason") == "rona"
            await asyncio.sleep(habits.rests_for() if tally.talked else 0.0)
            await desktop.ask("go_ready")
            await _leaves(desktop, state)
        case "talking":
            tally.talked += 1
            await _talk(desktop, habits)
        case "wrap_up":
            await _write_up(desktop, habits, tally, dispositions)
        case _:
            await _leaves(desktop, state)


async def _leaves(desktop: Desktop, state: str, within: float = 30.0) -> None:
    """Wait until she is in another state; not for ever, a wait that is over does no harm."""
    try:
        async with asyncio.timeout(within):
            await desktop.until(lambda own: own.get("me", {}).get("state") != state)
    except TimeoutError:
        return


async def _talk(desktop: Desktop, habits: Habits) -> None:
    call = desktop.own.get("call", {}).get("call")
    await _leaves(desktop, "talking", habits.talks_for())
    if desktop.state == "talking" and call is not None:
        await desktop.ask("hang_up", call=call)
        await _leaves(desktop, "talking", 5.0)


async def _write_up(
    desktop: Desktop, habits: Habits, tally: Tally, dispositions: Sequence[str]
) -> None:
    form = desktop.own.get("wrap_up")
    if form is None:
        await asyncio.sleep(0.1)
        return
    if habits.wants_a_break():
        await desktop.ask("go_not_ready", reason=BREAK)
    await asyncio.sleep(habits.writes_for())
    await desktop.request(
        "POST",
        f"/api/calls/{form['call']}/wrap-up",
        {"disposition": habits.disposition(dispositions)},
    )
    tally.wrapped_up += 1
    await _leaves(desktop, "wrap_up", 5.0)
