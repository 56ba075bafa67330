"""One of an agent's pages has the phone, whatever opens, closes, reloads or comes back."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import pytest

from agent_desktop.server import protocol as p
from agent_desktop.server.phone_pages import PhonePages

pytestmark = pytest.mark.unit

CLAIM, CLAIM_BROKEN = 3.0, 15.0


@dataclass(eq=False)
class Tab:
    """A page that remembers what it was told."""

    name: str
    told: list[msgspec.Struct] = field(default_factory=list)

    def say(self, frame: msgspec.Struct) -> None:
        self.told.append(frame)

    @property
    def here(self) -> bool:
        last = self.told[-1]
        return isinstance(last, p.PhoneAt) and last.here


@dataclass
class PutOff:
    run: Callable[[], None]
    delay: float
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Desk:
    """The pages of ana, and a clock that is moved by hand."""

    waiting: list[PutOff] = field(default_factory=list)
    pages: PhonePages = field(init=False)

    def __post_init__(self) -> None:
        self.pages = PhonePages(self.later, claim=CLAIM, claim_broken=CLAIM_BROKEN)

    def later(self, delay: float, run: Callable[[], None]) -> PutOff:
        self.waiting.append(PutOff(run, delay))
        return self.waiting[-1]

    def patience_ends(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            if not each.cancelled:
                each.run()

    def opens(self, name: str, phone: str = "") -> Tab:
        tab = Tab(name)
        self.pages.arrived("ana", tab, p.Hello(csrf="", page=name, phone=phone))
        return tab

    def leaves(self, tab: Tab, *, broken: bool = False) -> bool:
        return self.pages.left("ana", tab, broken=broken)

    def holder(self) -> str:
        holder = self.pages.holder("ana")
        return holder.name if isinstance(holder, Tab) else ""


def test_the_first_page_has_the_phone_and_a_second_is_told_that_it_is_elsewhere() -> None:
    desk = Desk()
    one, two = desk.opens("one"), desk.opens("two")
    assert (one.here, two.here) == (True, False)
    assert desk.holder() == "one"


def test_the_page_that_asks_for_the_phone_gets_it_and_the_others_hear_of_it() -> None:
    desk = Desk()
    one, two, three = desk.opens("one"), desk.opens("two"), desk.opens("three")
    desk.pages.take("ana", two)
    assert [tab.here for tab in (one, two, three)] == [False, True, False]
    told = len(two.told)
    desk.pages.take("ana", two)
    assert len(two.told) == told


def test_the_newest_of_the_others_gets_the_phone_of_a_page_that_stays_away() -> None:
    desk = Desk()
    one, two, three = desk.opens("one"), desk.opens("two"), desk.opens("three")
    assert desk.leaves(one)
    assert desk.holder() == ""
    desk.patience_ends()
    assert [tab.here for tab in (two, three)] == [False, True]


def test_a_page_that_is_reloaded_has_the_phone_again_though_another_is_open() -> None:
    desk = Desk()
    one, two = desk.opens("one"), desk.opens("two")
    desk.leaves(one)
    again = desk.opens("one")
    desk.patience_ends()
    assert (again.here, two.here) == (True, False)


def test_a_page_whose_connection_broke_keeps_the_phone_for_longer_its_call_goes_on() -> None:
    desk = Desk()
    one, two = desk.opens("one"), desk.opens("two")
    desk.leaves(one, broken=True)
    assert [each.delay for each in desk.waiting] == [CLAIM_BROKEN]
    assert desk.opens("one", phone="here").here
    desk.patience_ends()
    assert not two.here
    desk.leaves(one)
    assert desk.waiting == []


def test_a_page_that_comes_back_before_its_dead_connection_is_noticed_takes_over_from_it() -> None:
    desk = Desk()
    one, two = desk.opens("one"), desk.opens("two")
    again = Tab("one")
    hello = p.Hello(csrf="", page="one", phone="here")
    assert desk.pages.arrived("ana", again, hello) is one
    assert not desk.leaves(one)
    assert desk.pages.holder("ana") is again
    assert not two.here


def test_a_page_that_had_the_phone_long_ago_does_not_take_it_back_by_itself() -> None:
    desk = Desk()
    one = desk.opens("one")
    desk.opens("two")
    desk.leaves(one)
    desk.patience_ends()
    assert not desk.opens("one", phone="here").here
    assert desk.holder() == "two"


@pytest.mark.parametrize("first_back", ["one", "two"])
def test_after_a_restart_of_the_daemon_the_phone_is_where_it_was(first_back: str) -> None:
    desk = Desk()
    was = {"one": "here", "two": "elsewhere"}
    for name in sorted(was, key=lambda name: name != first_back):
        desk.opens(name, phone=was[name])
    desk.patience_ends()
    assert desk.holder() == "one"


def test_if_the_page_that_had_it_does_not_come_back_after_a_restart_another_gets_the_phone() -> (
    None
):
    desk = Desk()
    two = desk.opens("two", phone="elsewhere")
    assert not two.here
    desk.patience_ends()
    assert two.here


def test_what_the_phone_says_is_told_to_the_pages_that_do_not_have_it_at_once_and_later() -> None:
    desk = Desk()
    one, two = desk.opens("one"), desk.opens("two")
    desk.pages.said("ana", p.PhoneIs(id=1, registered=True, line="ready", leg="up", muted=True))
    wanted = p.PhoneAt(here=False, line="ready", leg="up", muted=True)
    assert two.told[-1] == wanted
    assert one.here
    assert desk.opens("three").told == [wanted]


def test_nothing_is_kept_of_an_agent_whose_pages_are_all_gone() -> None:
    desk = Desk()
    one, two = desk.opens("one"), desk.opens("two")
    desk.leaves(two)
    desk.leaves(one)
    assert not desk.pages.has_page("ana")
    desk.patience_ends()
    assert desk.pages._desks == {}


def test_a_supervisors_phone_is_nobodys_business() -> None:
    desk = Desk()
    desk.pages.said("sam", p.PhoneIs(id=1, registered=True))
    assert desk.pages.holder("sam") is None
