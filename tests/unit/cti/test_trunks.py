"""Who is down, since when and why is known, told once, and shown; no number gets into a log."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from cti import trunks as watch
from cti.trunk_reading import LogReader, TrunkCause, TrunkState, cause, strangers
from cti.trunks import Trunks
from telephony_config.model import Transport, Trunk, TrunkByAddress, TrunkByPassword
from tests.fakes.house import house

pytestmark = pytest.mark.unit

ACCOUNT = TrunkByPassword(user="acct", password="x", register=True)
CARRIER = Trunk(id="carrier", identify=ACCOUNT, server="127.0.0.1:5080")
PEER = Trunk(
    id="peer", identify=TrunkByAddress(addresses=(ip_network("192.0.2.1"),)), server="127.0.0.1"
)
PASSIVE = Trunk(id="passive", identify=TrunkByAddress(addresses=(ip_network("192.0.2.9"),)))
HEAD = "<Registration/ServerURI....>  <Auth....>  <Status.......>\n=======\n\n"
WARNING = "[2026-12-01T04:01:40.807+0000] WARNING[1] res_pjsip_outbound_registration.c: "
ATTEMPT = "on registration attempt to 'sip:acct@127.0.0.1:5080', retrying in '30'"
FORBIDDEN = (
    f"{WARNING}403 Forbidden fatal response received from 'sip:127.0.0.1:5080' {ATTEMPT} seconds\n"
)
STRANGER = (
    '[2026-12-01T04:01:42.948+0000] SECURITY[1] res_security_log.c: SecurityEvent="ChallengeSent",'
    'Service="PJSIP",EventVersion="1",AccountID="<unknown>",SessionID="+4930555",'
    'LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/198.51.100.7/45072",'
    'Challenge=""\n'
)


class Line:
    """An Asterisk that says what the test lets it."""

    def __init__(self, folder: Path) -> None:
        self.log_dir: Path | None = folder
        self.registration, self.contact, self.globals = "Registered", "Avail", ""

    async def cli(self, command: str) -> str:
        match command.split()[1]:
            case "show" if "registrations" in command:
                return (
                    f"{HEAD} carrier/sip:127.0.0.1:5080   carrier   {self.registration}  (exp. 9s)"
                )
            case "list":
                return f"\n  Contact:  peer/sip:127.0.0.1   b4eca64970 {self.contact}   -nan\n"
            case _:
                return self.globals


class Place:
    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 12, 1, tzinfo=UTC)
        self.folder, self.line = folder, Line(folder)
        self.trunks = Trunks(
            (CARRIER, PEER, PASSIVE),
            self.line,
            now=lambda: self.now,
            patience=timedelta(seconds=1),
        )

    async def look(self, after: timedelta = timedelta(seconds=10)) -> None:
        self.now += after
        await self.trunks.look()

    def states(self) -> list[str]:
        return [each.state for each in self.trunks.facts()]

    async def write(self, name: str, text: str) -> None:
        def append() -> None:
            with (self.folder / name).open("a") as file:
                file.write(text)

        await asyncio.to_thread(append)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "security").touch()
    return Place(tmp_path)


async def test_what_asterisk_says_of_each_trunk_is_known(place: Place) -> None:
    assert place.states() == ["unknown"] * 3
    await place.look()

    assert place.states() == ["registered", "reachable", "unknown"]
    assert place.trunks.well() == "ok"


async def test_a_trunk_that_goes_down_is_told_once_with_cause_and_remedy(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="cti.trunks")
    await place.look()
    place.line.registration = "Rejected"
    await place.write("messages", FORBIDDEN)
    await place.look()
    down_since = place.now
    await place.look()
    place.line.registration = "Unregistered"  # it is being tried again
    await place.look()

    (down,) = [one for one in caplog.records if one.message == "trunk is down"]
    assert (down.__dict__["trunk"], down.__dict__["cause"]) == ("carrier", "credentials")
    assert "password" in down.__dict__["remedy"]
    facts = place.trunks.facts()[0]
    assert (facts.state, facts.cause, facts.since) == ("unregistered", "credentials", down_since)
    assert place.trunks.well() == "1 of 3 down"

    place.line.registration = "Registered"
    await place.look()
    assert caplog.records[-1].message == "trunk is up again"
    assert place.trunks.well() == "ok"


async def test_a_first_attempt_without_an_answer_is_no_alarm_until_it_had_its_time(
    place: Place,
) -> None:
    place.line.registration, place.line.contact = "Unregistered", "NonQual"
    await place.look()
    assert place.trunks.well() == "ok"
    await place.look(after=watch.PATIENCE)

    assert place.states() == ["unregistered", "unreachable", "unknown"]
    assert {each.cause for each in place.trunks.facts()[:2]} == {"no_answer"}


async def test_a_server_whose_name_nobody_knows_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "security").touch()
    line = Line(tmp_path)
    line.contact = "Unavail"
    nameless = Trunk(id="peer", identify=PEER.identify, server="no-such-carrier.invalid")
    trunks = Trunks((nameless,), line, now=lambda: datetime.now(UTC), patience=timedelta(seconds=5))
    await trunks.look()

    assert trunks.facts()[0].cause == "no_such_name"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("", TrunkCause.NO_ANSWER),
        (f"{WARNING}No response received from 'sip:x' {ATTEMPT}", TrunkCause.NO_ANSWER),
        (FORBIDDEN, TrunkCause.CREDENTIALS),
        (f"{WARNING}'401' fatal response received from 'x' {ATTEMPT}", TrunkCause.CREDENTIALS),
        (f"{WARNING}'404' fatal response received from 'x' {ATTEMPT}", TrunkCause.ACCOUNT),
        (f"{WARNING}Temporal response '503' received from 'x' {ATTEMPT}", TrunkCause.REFUSED),
        (
            f"E: Transport 'transport-tls' to remote '127.0.0.1' - 127.0.0.1:5080 - The certificate"
            f" is untrusted\n{WARNING}No response received from 'x' {ATTEMPT}",
            TrunkCause.CERTIFICATE,
        ),
        (f"{FORBIDDEN}{WARNING}No response received from 'x' {ATTEMPT}", TrunkCause.NO_ANSWER),
        (FORBIDDEN.replace("acct@", "other@"), TrunkCause.NO_ANSWER),
    ],
)
def test_the_last_line_about_a_trunk_says_why_it_is_down(log: str, expected: TrunkCause) -> None:
    assert cause(CARRIER, log) is expected


async def test_refused_calls_are_counted_and_told_now_and_then_without_a_number(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    for count in (3, 500):
        place.line.globals = (
            f"   PARLEY_REFUSED_number_carrier={count}\n   PARLEY_REFUSED_account_carrier=1\n"
            "   PARLEY_DIALLED_carrier=+4930555999\n-- 3 variable(s)"
        )
        await place.look()

    said = [one for one in caplog.records if one.message == "calls were refused"]
    assert [(one.__dict__["why"], one.__dict__["calls"]) for one in said] == [
        ("number", 3),
        ("account", 1),
    ]
    assert all("4930555" not in str(one.__dict__) for one in said)
    facts = place.trunks.facts()[0]
    assert (facts.refused_numbers, facts.refused_accounts) == (500, 1)
    assert facts.last_dialled == "+4930555999"

    await place.look(after=watch.SAID_AGAIN_AFTER)
    assert caplog.records[-1].__dict__["calls"] == 497


async def test_calls_of_no_trunk_are_told_with_their_address_and_what_to_do(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.look()
    await place.write("security", STRANGER * 3)
    await place.look()
    await place.write("security", STRANGER)
    await place.look()

    (said,) = [one for one in caplog.records if "no trunk" in one.message]
    assert (said.__dict__["messages"], said.__dict__["addresses"]) == (3, "198.51.100.7")
    assert "addresses of its trunk" in said.__dict__["remedy"]
    assert "4930555" not in str(said.__dict__), "what strangers call themselves is not repeated"
    assert [(one.address, one.messages) for one in place.trunks.strangers()] == [
        ("198.51.100.7", 4)
    ]


async def test_a_thousand_addresses_fill_neither_the_log_nor_the_memory(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.look()
    for block in range(10):
        many = (f"198.51.{block}.{host}" for host in range(100))
        await place.write("security", "".join(STRANGER.replace("198.51.100.7", it) for it in many))
        await place.look()

    assert len([one for one in caplog.records if "no trunk" in one.message]) == 1
    assert len(place.trunks.strangers()) == watch.MOST_STRANGERS


def test_a_log_that_is_rotated_is_read_from_its_new_beginning(tmp_path: Path) -> None:
    log = tmp_path / "security"
    log.write_text("old\n")
    reader = LogReader(log)
    assert reader.new() == ""
    log.rename(tmp_path / "security.0")
    log.write_text(STRANGER)

    assert strangers(reader.new()) == ["198.51.100.7"]
    assert reader.new() == ""


async def test_an_asterisk_that_is_not_ours_tells_nothing(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.log_dir = None
    trunks = Trunks((CARRIER,), line, now=lambda: datetime.now(UTC), patience=timedelta(seconds=1))
    await trunks.look()

    assert trunks.facts()[0].state == TrunkState.UNKNOWN
    assert trunks.well() == "ok"


async def test_figures_and_health_tell_of_the_trunks(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        place.daemon.trunks._trunks = {CARRIER.id: CARRIER}
        place.daemon.trunks._line = line = Line(tmp_path)
        line.registration = "Rejected"
        await place.daemon.trunks.look()

        assert 'parley_trunk_up{trunk="carrier"} 0\n' in place.daemon.backend.figures()
        assert (await place.daemon.backend.health())["trunks"] == "1 of 1 down"


def test_a_trunk_over_tls_is_found_by_the_name_of_its_server() -> None:
    trunk = Trunk(
        id="s", identify=ACCOUNT, server="sip.example.com", transport=Transport.TLS, srtp=True
    )
    log = "x: Transport 't' to remote 'sip.example.com' - 192.0.2.1:5061 - The certificate expired"

    assert cause(trunk, log) is TrunkCause.CERTIFICATE
