"""Which of an agent's open pages has the phone: one, and the others show and command it.

Whoever has the phone keeps it until the page is gone or the agent asks for it elsewhere. A page
that was left keeps its claim for a moment, because it may be reloaded; one whose connection broke
keeps it longer, because the sound of its call goes on. Then the newest of the other pages gets the
phone and picks up the call in hand.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from agent_desktop.server import protocol as p

SOMEBODY: Final = ""
"""A page that we do not know by name has a claim: this daemon is younger than the pages."""
NOT_HERE: Final = p.PhoneAt(here=False)


class Page(Protocol):
    """An agent's open page."""

    def say(self, frame: msgspec.Struct) -> None:
        """Send a frame to this page only."""
        ...


class Timer(Protocol):
    """What was put off."""

    def cancel(self) -> None:
        """Forget it."""
        ...


Later = Callable[[float, Callable[[], None]], Timer]


@dataclass(slots=True)
class _Desk:
    """The pages of one agent, oldest first, with their names."""

    pages: dict[Page, str] = field(default_factory=dict)
    holder: Page | None = None
    claimed: str | None = None
    """Who has a claim while nobody has the phone."""
    timer: Timer | None = None
    told: p.PhoneAt = NOT_HERE
    """What the holder said of the phone, as the others are told."""

    def grant(self, page: Page) -> None:
        """Give the phone to this page and tell all of them."""
        if self.timer is not None:
            self.timer.cancel()
        self.holder, self.claimed, self.timer = page, None, None
        self.told = NOT_HERE
        page.say(p.PhoneAt(here=True))
        self.tell_others()

    def tell_others(self) -> None:
        """Say where the phone is and how it stands to the pages that do not have it."""
        for page in self.pages:
            if page is not self.holder:
                page.say(self.told)


class PhonePages:
    """The open pages of all agents. ``claim``, ``claim_broken``: seconds for which it is kept."""

    def __init__(self, later: Later, *, claim: float, claim_broken: float) -> None:
        self._later, self._claim, self._claim_broken = later, claim, claim_broken
        self._desks: dict[str, _Desk] = {}

    def has_page(self, user: str) -> bool:
        """Whether any page of this agent is open."""
        desk = self._desks.get(user)
        return desk is not None and bool(desk.pages)

    def holder(self, user: str) -> Page | None:
        """The page that has the agent's phone."""
        desk = self._desks.get(user)
        return desk.holder if desk is not None else None

    def arrived(self, user: str, page: Page, hello: p.Hello) -> Page | None:
        """A page has opened or come back; returns the dead connection that it takes over from."""
        desk = self._desks.setdefault(user, _Desk())
        desk.pages[page] = hello.page
        dead: Page | None = None
        if desk.holder is not None:
            if hello.page and desk.pages[desk.holder] == hello.page:
                dead = desk.holder
                del desk.pages[dead]
                desk.grant(page)
            else:
                page.say(desk.told)
        elif _may_have(desk, hello):
            desk.grant(page)
        else:
            page.say(desk.told)
            if desk.claimed is None:
                self._keep(user, desk, SOMEBODY, self._claim)
        return dead

    def left(self, user: str, page: Page, *, broken: bool) -> bool:
        """A connection has ended, or ``broken``; returns whether it was still a page's."""
        desk = self._desks.get(user)
        if desk is None or page not in desk.pages:
            return False
        name = desk.pages.pop(page)
        if desk.holder is page:
            desk.holder, desk.told = None, NOT_HERE
            desk.tell_others()
            self._keep(user, desk, name, self._claim_broken if broken else self._claim)
        elif not desk.pages and desk.timer is None:
            del self._desks[user]
        return True

    def take(self, user: str, page: Page) -> None:
        """The agent wants the phone on this page."""
        desk = self._desks[user]
        if desk.holder is not page:
            desk.grant(page)

    def said(self, user: str, frame: p.PhoneIs) -> None:
        """The page that has the phone says how it stands."""
        desk = self._desks.get(user)
        if desk is None:
            return  # a supervisor's phone, which is no agent's
        desk.told = p.PhoneAt(
            here=False, line=frame.line, leg=frame.leg, muted=frame.muted, trouble=frame.trouble
        )
        desk.tell_others()

    def _keep(self, user: str, desk: _Desk, name: str, seconds: float) -> None:
        """Keep the phone for the page of this name for a while."""
        desk.claimed = name
        desk.timer = self._later(seconds, lambda: self._over(user, desk))

    def _over(self, user: str, desk: _Desk) -> None:
        desk.claimed = desk.timer = None
        if desk.pages:
            desk.grant(list(desk.pages)[-1])
        elif self._desks.get(user) is desk:
            del self._desks[user]


def _may_have(desk: _Desk, hello: p.Hello) -> bool:
    """Whether a page that has just come may have the phone, which nobody has."""
    if desk.claimed is None:
        return hello.phone != "elsewhere"
    return hello.page == desk.claimed or (desk.claimed == SOMEBODY and hello.phone == "here")
