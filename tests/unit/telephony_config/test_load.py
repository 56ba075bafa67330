"""A right site description is read; a wrong one is refused with file, line and remedy."""

from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from acd.hours import ALWAYS_OPEN, WeeklyRange
from acd.ids import AgentId, QueueId, SkillId
from acd.skills import Need
from telephony_config.complaint import Complaint
from telephony_config.load import SiteRefused, load_site
from telephony_config.model import (
    BrowserPhone,
    DeskPhone,
    Limits,
    Outbound,
    ToEcho,
    ToFlow,
    ToQueue,
    Transport,
    TrunkByAddress,
    TrunkByPassword,
)
from tests.unit.telephony_config.sites import GOOD, written

pytestmark = pytest.mark.unit

DEMO = Path("telephony_config/demo_site.toml")


def refused(folder: Path, text: str) -> list[Complaint]:
    with pytest.raises(SiteRefused) as caught:
        load_site(written(folder, text))
    assert all(one.remedy and one.message and one.line >= 1 for one in caught.value.complaints)
    return caught.value.complaints


def only(folder: Path, text: str) -> Complaint:
    complaints = refused(folder, text)
    assert len(complaints) == 1, [str(one) for one in complaints]
    return complaints[0]


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_demo_site_is_read() -> None:
    site = load_site(DEMO)

    assert [number.dnis for number in site.numbers] == ["5001", "5002", "5003", "5004", "5090"]
    assert site.numbers[2].language == "fa"
    assert site.numbers[3].target == ToQueue(queue=QueueId("support"))
    assert site.demo
    assert site.outbound is None


def test_the_demo_site_is_open_all_day_except_billing() -> None:
    queues = {queue.id: queue for queue in load_site(DEMO).queues}

    assert queues[QueueId("support")].hours == ALWAYS_OPEN
    assert not queues[QueueId("billing")].hours.is_open(datetime(2026, 11, 23, 4, tzinfo=UTC))
    assert queues[QueueId("billing")].hours.is_open(datetime(2026, 11, 23, 9, tzinfo=UTC))


def test_a_small_site_gets_defaults_for_the_rest(tmp_path: Path) -> None:
    site = load_site(written(tmp_path, GOOD))

    assert site.queues[0].needs == (Need(skill=SkillId("support"), level=2),)
    assert site.queues[0].wrap_up_for == timedelta(seconds=60)
    assert site.numbers[0].target == ToFlow(flow="main", queue=QueueId("support"))
    assert site.numbers[0].language == "en"
    assert site.numbers[1].target == ToEcho()
    assert site.default_language == "en"
    assert site.safety_net.after == timedelta(seconds=2)
    assert site.addresses.bind == "127.0.0.1"


def test_a_trunk_that_says_no_limits_has_usual_ones_and_an_address_half_of_them(
    tmp_path: Path,
) -> None:
    lines = """
[trunks.one]
addresses = ["192.0.2.1"]
[trunks.several]
addresses = ["198.51.100.0/24"]
max_rate = 9
[trunks.account]
user = "account"
password = "x"
max_calls = 1
[trunks.careful]
addresses = ["203.0.113.0/24"]
max_calls = 50
max_calls_per_address = 7
max_rate_per_address = 3
"""
    site = load_site(written(tmp_path, GOOD + lines))

    assert [(site.limits(one), site.address_limits(one)) for one in site.trunks] == [
        (Limits(calls=500, rate=20), None),
        (Limits(calls=500, rate=9), Limits(calls=250, rate=4)),
        (Limits(calls=1, rate=20), Limits(calls=1, rate=10)),
        (Limits(calls=50, rate=20), Limits(calls=7, rate=3)),
    ]


def test_without_a_word_there_are_no_more_calls_than_ports_for_two_legs_each(
    tmp_path: Path,
) -> None:
    lines = """
[ports]
rtp_start = 30000
rtp_end = 30099
[trunks.one]
addresses = ["192.0.2.1"]
"""
    site = load_site(written(tmp_path, GOOD + lines))

    assert site.limits(site.trunks[0]) == Limits(calls=25, rate=20)


def test_everything_that_can_be_said_is_understood(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("cert")
    (tmp_path / "key.pem").write_text("key")
    site = load_site(
        written(
            tmp_path,
            GOOD
            + """
[ports]
sip_udp = 5070
sip_tls = 5071
http = 8090
rtp_start = 30000
rtp_end = 30099
[addresses]
bind = "0.0.0.0"
external = "203.0.113.9"
local_networks = ["10.0.0.0/8"]
[desktop]
host = "0.0.0.0"
port = 8443
[tls]
certificate = "cert.pem"
key = "key.pem"
[trunks.carrier]
addresses = ["203.0.113.7", "203.0.113.64/28"]
server = "sip.example.net:5080"
codecs = ["alaw"]
region = "DE"
[trunks.other]
user = "shop"
password = "a;b=c"
server = "192.0.2.1"
register = true
[phones]
ana = "browser"
ben = "sip:ben@192.0.2.7:5062"
[outbound]
trunk = "carrier"
allowed = ["+49", "0"]
[safety_net]
after = "3s"
wait = "1m30s"
[queues.late]
hours = "office"
priority = 2.5
max_waiting = 10
short_abandon = "0s"
[hours.office]
timezone = "Asia/Tehran"
every_day = ["08:00-12:00", "13:00-17:00"]
friday = []
[hours.office.holidays]
2027-03-21 = []
""",
        )
    )

    assert site.ports.sip_tls == 5071
    assert site.tls is not None
    assert site.tls.certificate == tmp_path / "cert.pem"
    assert site.trunks[0].identify == TrunkByAddress(
        addresses=(ip_network("203.0.113.7"), ip_network("203.0.113.64/28"))
    )
    assert site.trunks[1].identify == TrunkByPassword(user="shop", password="a;b=c", register=True)
    assert site.phones == {
        AgentId("ana"): BrowserPhone(),
        AgentId("ben"): DeskPhone(uri="sip:ben@192.0.2.7:5062"),
    }
    assert site.outbound == Outbound(trunk="carrier", allowed=("+49", "0"))
    assert site.safety_net.wait == timedelta(seconds=90)
    late = site.queues[1]
    assert late.max_waiting == 10
    assert late.hours.timezone == "Asia/Tehran"
    assert WeeklyRange(day=0, opens=time(8), closes=time(12)) in late.hours.weekly
    assert not [one for one in late.hours.weekly if one.day == 4]
    assert late.hours.holidays[0].ranges == ()


def test_a_trunk_may_have_addresses_and_an_account_and_speak_tls(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem", "ca.pem"):
        (tmp_path / name).write_text(name)
    text = (
        GOOD
        + """
[ports]
sip_tls = 5061
[tls]
certificate = "cert.pem"
key = "key.pem"
authorities = "ca.pem"
[trunks.carrier]
addresses = ["203.0.113.7"]
user = "49305550100"
password = "x"
server = "sip.example.net"
register = true
number = "5001"
transport = "tls"
"""
    )

    site = load_site(written(tmp_path, text))

    (trunk,) = site.trunks
    assert trunk.registers
    assert trunk.addresses == (ip_network("203.0.113.7"),)
    assert (trunk.transport, trunk.srtp, trunk.number) == (Transport.TLS, True, "5001")
    assert site.tls is not None
    assert site.tls.authorities == tmp_path / "ca.pem"


def test_a_password_is_not_shown_when_a_site_is_printed(tmp_path: Path) -> None:
    text = GOOD + '[trunks.u]\nuser = "u"\npassword = "hush"\nserver = "h"\n'

    assert "hush" not in repr(load_site(written(tmp_path, text)))


SPOILED = [
    # (replace, by, key, line of, message, remedy)
    ('name = "Shop"', 'nmae = "Shop"\nname = "x"', "site.nmae", "is unknown", "'name'"),
    ('name = "Shop"', "name = 5", "site.name", "wrong type", "text in quotes"),
    ('region = "US"', 'region = "XX"', "site.region", "no region", "two letters"),
    ('"Europe/Berlin"', '"Europe/Berlim"', "site.timezone", "no time zone", "IANA"),
    ('["en", "fa"]', '["en", "fa", "en"]', "site.languages", "twice", "once"),
    ('["en", "fa"]', "[]", "site.languages", "not possible", "two-letter"),
    ('"support:2"', '"support:9"', "queues.support.needs", "level", "support:5"),
    ('"support:2"', '"suport"', "queues.support.needs", "'suport' is unknown", "support"),
    ('ring_for = "20s"', "ring_for = 20", "queues.support.ring_for", "type", "text"),
    ('ring_for = "20s"', 'ring_for = "20"', "queues.support.ring_for", "no length", "20s"),
    ('ring_for = "20s"', 'ring_for = "1s"', "queues.support.ring_for", "range", "5s"),
    ('ring_for = "20s"', 'ring_for = "90s"', "queues.support.ring_for", "safety_net", "shorten"),
    ('ring_for = "20s"', 'hours = "none"', "queues.support.hours", "unknown", "[hours.none]"),
    ('number = "5090"', 'number = "5001"', "numbers[2].number", "line 16", "once"),
    ('number = "5090"', 'number = "+5001"', "numbers[2].number", "line 16", "once"),
    ('number = "5090"', 'number = "50x"', "numbers[2].number", "not possible", "digits"),
    ("echo = true", "echo = 1", "numbers[2].echo", "type", "true or false"),
    ("echo = true", 'echo = true\nqueue = "support"', "numbers[2].echo", "neither", "keep one"),
    ("echo = true", 'language = "zh"\nqueue = "support"', "numbers[2].language", "'zh'", "en, fa"),
    ('queue = "support"', 'queue = "suport"', "numbers[1].queue", "'suport'", "support"),
    ('queue = "support"', "", "numbers[1].queue", "missing", "daemon is away"),
    ("[skills]", "[skils]\n[skills]", "skils", "is unknown", "'skills'"),
    ("[queues.support]", "[queues.Support]", "queues.Support", "cannot be a name", "lower-case"),
]


@pytest.mark.parametrize(("old", "new", "key", "message", "remedy"), SPOILED)
def test_one_fault_is_one_complaint_at_its_line(
    tmp_path: Path, old: str, new: str, key: str, message: str, remedy: str
) -> None:
    text = GOOD.replace(old, new, 1)

    complaint = only(tmp_path, text)

    assert complaint.key == key
    assert message in complaint.message
    assert remedy in complaint.remedy
    assert complaint.file == tmp_path / "site.toml"
    assert complaint.line == line_of(GOOD, old if new else "[[numbers]]")


ADDED = [
    ("[ports]\nhttp = 8080", "desktop.port", "8080 is taken by ports.http", "another"),
    ("[ports]\nhttp = 70000", "ports.http", "range", "65535"),
    ("[ports]\nsip_udp = 20500", "ports.sip_udp", "between", "outside"),
    ("[ports]\nrtp_start = 23999", "ports.rtp_end", "fewer than 4", "larger"),
    ("[ports]\nsip_tls = 5061", "ports.sip_tls", "certificate", "[tls]"),
    ('[tls]\ncertificate = "no"\nkey = "site.toml"', "tls.certificate", "not exist", "PEM"),
    ('[addresses]\nbind = "localhost"', "addresses.bind", "localhost", "address"),
    ('[addresses]\nlocal_networks = ["10.0.0.1/8"]', "addresses.local_networks", "host bit", "/24"),
    ('[trunks.a]\nserver = "h"', "trunks.a", "how it is known", "or both"),
    ("[trunks.a]\naddresses = []", "trunks.a.addresses", "empty", "addresses"),
    ('[trunks.a]\nuser = "u"\npassword = "p"\nregister=true', "trunks.a.register", "server", "add"),
    ('[trunks.a]\nuser = "u"\npassword = "p"', "trunks.a.user", "'u'", "[trunks.u]"),
    ('[trunks.agent-x]\naddresses = ["192.0.2.1"]', "trunks.agent-x", "Parley", "another name"),
    ('[trunks.a]\naddresses = ["192.0.2.1"]\nregister = true', "trunks.a.user", "missing", "add"),
    ('[trunks.a]\naddresses = ["::1"]\nsrtp = true', "trunks.a.srtp", "in the open", "tls"),
    ('[trunks.a]\naddresses = ["::1"]\ntransport = "sctp"', "trunks.a.transport", "sctp", "tls"),
    ('[trunks.a]\naddresses = ["::1"]\ntransport = "tls"', "trunks.a.transport", "port", "sip_tls"),
    ('[trunks.a]\naddresses = ["::1"]\nnumber = "5001"', "trunks.a.number", "register", "remove"),
    (
        '[trunks.a]\nuser = "u"\npassword = "p"\nserver = "h"\nregister = true\nnumber = "77"',
        "trunks.a.number", "none of", "5001, 5090",
    ),
    ('[trunks.a]\naddresses = ["::1"]\nmax_rate = 0', "trunks.a.max_rate", "range", "1"),
    ('[trunks.a]\naddresses = ["::1"]\nmax_calls = 9999', "trunks.a.max_calls", "2000", "larger"),
    (
        '[trunks.a]\naddresses = ["10.0.0.0/8"]\nmax_rate = 5\nmax_rate_per_address = 6',
        "trunks.a.max_rate_per_address", "more than the whole", "max_rate",
    ),
    (
        '[trunks.a]\naddresses = ["::1"]\nmax_calls_per_address = 6',
        "trunks.a.max_calls_per_address", "one address", "remove",
    ),
    ('[trunks.a]\nuser = "u;x"\npassword = "p"', "trunks.a.user", "not possible", "carrier"),
    (
        '[[numbers]]\nnumber = "+18005550100"\necho = true\n'
        '[[numbers]]\nnumber = "8005550100"\necho = true',
        "numbers[4].number", "already on line 25: +18005550100 can mean both", "once",
    ),
    (
        '[[numbers]]\nnumber = "+498005550100"\necho = true\n[[numbers]]\nnumber = "08005550100"\n'
        'echo = true\n[trunks.a]\naddresses = ["::1"]\nregion = "DE"',
        "numbers[4].number", "08005550100 can mean both", "once",
    ),
    (
        '[trunks.a]\naddresses = ["192.0.2.0/24"]\n[trunks.b]\naddresses = ["192.0.2.9"]',
        "trunks.b.addresses", "192.0.2.9/32 (a)", "one trunk",
    ),
    ('[phones]\nana = "sip:x"', "phones.ana", "not possible", "browser"),
    ('[phones]\n"a b" = "browser"', "phones.a b", "cannot be an id", "lower-case"),
    ('[phones]\nana = "sip:x@h"\nben = "sip:x@h"', "phones.ben", "'ana'", "his own"),
    ('[outbound]\ntrunk = "a"\nallowed = ["1"]', "outbound.trunk", "unknown", "[trunks]"),
    (
        '[outbound]\ntrunk = "a"\nallowed = ["_X."]\n[trunks.a]\nserver="h"\naddresses=["::1"]',
        "outbound.allowed", "no prefix", "digits",
    ),
    (
        '[outbound]\ntrunk = "a"\nallowed = ["1"]\n[trunks.a]\naddresses=["192.0.2.1"]',
        "outbound.trunk", "no server", "add",
    ),
    ('[safety_net]\nafter = "1m"', "safety_net.after", "range", "10s"),
    ('[asterisk]\nbinary = "/nowhere/asterisk"', "asterisk.binary", "not exist", "program"),
    ("[hours.x]", "hours.x", "never open", "monday"),
    ('[hours.x]\nmonday = ["9-17"]', "hours.x.monday", "no range", "09:00-17:00"),
    ('[hours.x]\nmonday = ["09:00-25:00"]', "hours.x.monday", "hour", "09:00"),
    ('[hours.x]\neveryday = []\nevery_day = ["00:00-00:00"]', "hours.x.everyday", "unknown", "day"),
    ('[hours.x]\nevery_day=["00:00-00:00"]\ntimezone="Mars/X"', "hours.x.timezone", "Mars", "IANA"),
    (
        '[hours.x]\nevery_day=["00:00-00:00"]\n[hours.x.holidays]\nxmas = []',
        "hours.x.holidays.xmas", "no date", "2027-01-01",
    ),
    ('[queues.a]\npriority = "high"', "queues.a.priority", "number", "0"),
    ("[queues.a]\nmax_waiting = 0", "queues.a.max_waiting", "range", "1"),
    ('[[numbers]]\nnumber = "\\u0007"', "numbers[3].number", "control", "plain"),
]  # fmt: skip


@pytest.mark.parametrize(("added", "key", "message", "remedy"), ADDED)
def test_bad_references_and_clashes_are_refused(
    tmp_path: Path, added: str, key: str, message: str, remedy: str
) -> None:
    complaints = refused(tmp_path, GOOD + added + "\n")

    complaint = next(one for one in complaints if one.key == key)
    assert message in complaint.message
    assert remedy in complaint.remedy
    assert complaint.line > GOOD.count("\n") or key == "desktop.port"


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace('region = "US"', 'region = "XX"').replace("20s", "20")

    complaints = refused(tmp_path, text)

    assert [one.line for one in complaints] == [3, 13]
    assert str(complaints[0]).startswith(f"{tmp_path / 'site.toml'}:3: site.region: ")


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    complaint = only(tmp_path, GOOD.replace('region = "US"', "region = US"))

    assert complaint.line == 3
    assert "not TOML" in complaint.message


def test_a_table_named_twice_is_refused_at_its_line(tmp_path: Path) -> None:
    complaint = only(tmp_path, GOOD + "[queues.support]\n")

    assert complaint.line == GOOD.count("\n") + 1
    assert "only once" in complaint.remedy


def test_an_empty_file_says_what_is_missing(tmp_path: Path) -> None:
    keys = {one.key for one in refused(tmp_path, "")}

    assert {"site.name", "queues"} <= keys


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SiteRefused, match=r"none\.toml.*cannot be read"):
        load_site(tmp_path / "none.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes('name = "فارسی"'.encode("utf-16"))

    with pytest.raises(SiteRefused, match="UTF-8"):
        load_site(tmp_path / "site.toml")
