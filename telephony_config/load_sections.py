"""Reads each section of a site description into its value; faults go to the complaints."""

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from acd.hours import ALWAYS_OPEN, OpeningHours
from acd.ids import AgentId, QueueId, SkillId
from acd.profile import QueueProfile
from acd.skills import HIGHEST_LEVEL, LOWEST_LEVEL, Need, Needs, merged
from telephony_config.load_ice import ice_servers_of
from telephony_config.load_names import NameReader
from telephony_config.model import (
    SYSTEM_AUTHORITIES,
    Addresses,
    BrowserPhone,
    DeskPhone,
    Desktop,
    Network,
    Number,
    Outbound,
    Phone,
    Ports,
    SafetyNet,
    Skill,
    SystemAsterisk,
    Texts,
    Tls,
    ToEcho,
    ToFlow,
    ToQueue,
    Transport,
    Trunk,
    TrunkByAddress,
    TrunkByPassword,
)
from telephony_config.reading import Table

ID: Final = r"[a-z][a-z0-9-]{0,31}"
ID_HINT: Final = "use lower-case letters, digits and dashes, beginning with a letter"
AGENT_ID: Final = r"[a-z0-9][a-z0-9._-]{0,31}"
DNIS: Final = r"\+?[0-9]{2,15}"
HOST: Final = r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?"
PREFIX: Final = r"\+?[0-9]{1,14}"
SIP_URI: Final = r"sips?:[A-Za-z0-9._+-]+@[A-Za-z0-9.:\[\]-]+"
ACCOUNT: Final = r"[A-Za-z0-9+*#][A-Za-z0-9_.+*#!~-]*"
"""The user of a SIP address and, as such, an extension of the dialplan."""
TRANSPORTS: Final = frozenset(map(str, Transport))
CODECS: Final = frozenset({"opus", "g722", "ulaw", "alaw", "gsm"})
MOST_CALLS: Final = 30_000
"""At once by a trunk: there are not ports for more."""

MOST_RATE: Final = 10_000
SECOND: Final = timedelta(seconds=1)
RING: Final = (5 * SECOND, 120 * SECOND)
"""Shorter, and nobody can reach the phone; longer, and the caller has given up."""


def timezone_of(text: str) -> str:
    """Accept an IANA name."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{text!r} is no time zone") from error
    return text


def region_of(text: str) -> str:
    """Accept a region whose telephone numbers are known."""
    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{text!r} is no region")
    return text


def codecs_of(table: Table, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Read the list of codecs, best first."""
    codecs = table.texts("codecs", default)
    for codec in codecs:
        if codec not in CODECS:
            table.complain("codecs", f"{codec!r} is unknown", f"choose from {_list(CODECS)}")
    return codecs


def languages_of(table: Table) -> tuple[str, ...]:
    """Read the languages of the prompts; the first is the default."""
    languages = table.texts("languages", ("en",))
    if not languages or not all(len(one) == 2 and one.islower() for one in languages):
        table.complain("languages", "is not possible", 'write two-letter codes: ["en", "fa"]')
        return ("en",)
    return languages


def path_of(folder: Path, text: str) -> Path:
    """Read a path relative to the site description's own folder."""
    return (folder / Path(text).expanduser()).absolute()


def ports_of(table: Table) -> Ports:
    """Read ``[ports]``."""
    default = Ports()
    ports = Ports(
        sip_udp=table.whole("sip_udp", default.sip_udp, least=1024, most=65535),
        sip_tls=table.maybe_whole("sip_tls", least=1024, most=65535),
        http=table.whole("http", default.http, least=1024, most=65535),
        rtp_start=table.whole("rtp_start", default.rtp_start, least=1024, most=65534),
        rtp_end=table.whole("rtp_end", default.rtp_end, least=1025, most=65535),
    )
    table.done()
    return ports


def addresses_of(table: Table) -> Addresses:
    """Read ``[addresses]``."""
    hint = "write an address such as 192.0.2.7; 0.0.0.0 is every address of this machine"
    addresses = Addresses(
        bind=table.take("bind", _address, "127.0.0.1", hint),
        external=table.optional("external", like=HOST, hint="write an address or a host name"),
        local_networks=_networks(table, "local_networks"),
    )
    table.done()
    return addresses


def desktop_of(table: Table) -> Desktop:
    """Read ``[desktop]``."""
    host = table.text("host", "127.0.0.1", like=HOST, hint="write an address or a host name")
    desktop = Desktop(
        host=host,
        port=table.whole("port", 8080, least=1, most=65535),
        ice_servers=ice_servers_of(table),
    )
    table.done()
    return desktop


def tls_of(table: Table, folder: Path) -> Tls:
    """Read ``[tls]``; the files it names must exist."""
    paths = {key: path_of(folder, table.text(key)) for key in ("certificate", "key")}
    if "authorities" in table:
        paths["authorities"] = path_of(folder, table.text("authorities"))
    table.know("authorities")
    for key, path in paths.items():
        if key in table and not path.is_file():
            table.complain(key, f"{path} does not exist", "name a PEM file")
    table.done()
    return Tls(
        certificate=paths["certificate"],
        key=paths["key"],
        authorities=paths.get("authorities", SYSTEM_AUTHORITIES),
    )


def skills_of(table: Table, names: NameReader) -> tuple[Skill, ...]:
    """Read ``[skills]``: id = name on screen."""
    _check_ids(table, ID)
    read = {key: names.read(table, key) for key in table.ids()}
    return tuple(
        Skill(id=SkillId(key), name=called.plain, names=called.texts)
        for key, called in read.items()
    )


def queues_of(
    table: Table, hours: Mapping[str, OpeningHours], names: NameReader
) -> list[tuple[QueueProfile, Texts]]:
    """Read ``[queues.*]``, each with what it is called per language."""
    queues = [_queue(name, one, hours, names) for name, one in table.named(ID, ID_HINT)]
    if not table.ids():
        table.complain(None, "has no queue", "add one: [queues.support]")
    return queues


def _queue(
    name: str, table: Table, hours: Mapping[str, OpeningHours], names: NameReader
) -> tuple[QueueProfile, Texts]:
    plain = QueueProfile(id=QueueId(name), name=name)
    named = table.optional("hours")
    if named and named not in hours:
        table.complain("hours", f"{named!r} is unknown", f"add [hours.{named}] or use another")
    called = names.read(table, "name", name)
    queue = QueueProfile(
        id=plain.id,
        name=called.plain,
        needs=_needs(table),
        priority=table.number("priority", plain.priority, least=0, most=1000),
        ageing=table.number("ageing", plain.ageing, least=0, most=100),
        ring_for=table.duration("ring_for", plain.ring_for, least=RING[0], most=RING[1]),
        wrap_up_for=table.duration(
            "wrap_up_for", plain.wrap_up_for, least=0 * SECOND, most=3600 * SECOND
        ),
        wrap_up_at_most=table.duration(
            "wrap_up_at_most", plain.wrap_up_at_most, least=0 * SECOND, most=3600 * SECOND
        ),
        answer_within=table.duration(
            "answer_within", plain.answer_within, least=SECOND, most=3600 * SECOND
        ),
        short_abandon=table.duration(
            "short_abandon", plain.short_abandon, least=0 * SECOND, most=60 * SECOND
        ),
        max_waiting=table.maybe_whole("max_waiting", least=1, most=100_000),
        hours=hours.get(named, ALWAYS_OPEN),
    )
    table.done()
    return queue, called.texts


def _needs(table: Table) -> Needs:
    found: list[Need] = []
    for text in table.texts("needs"):
        skill, colon, level = text.partition(":")
        if colon and not (level.isdigit() and LOWEST_LEVEL <= int(level) <= HIGHEST_LEVEL):
            table.complain(
                "needs", f"{text!r} has no possible level", f"write {skill}:1 to {skill}:5"
            )
            continue
        found.append(Need(skill=SkillId(skill), level=int(level or LOWEST_LEVEL)))
    return merged(tuple(found))


def number_of(table: Table, languages: tuple[str, ...], names: NameReader) -> Number:
    """Read one of ``[[numbers]]``."""
    dnis = table.text("number", like=DNIS, hint='write digits in quotes, such as "5001"')
    echo = table.yes("echo")
    flow = table.optional("flow", like=ID, hint=ID_HINT)
    queue = QueueId(table.optional("queue"))
    target: ToEcho | ToFlow | ToQueue = ToEcho()
    if echo and (flow or queue):
        table.complain("echo", "goes with neither flow nor queue", "keep one of them")
    elif "echo" not in table and not queue:
        remedy = "add queue: for a flow it is where callers go when the daemon is away"
        table.complain("queue", "is missing", remedy)
    elif not echo:
        target = ToFlow(flow=flow, queue=queue) if flow else ToQueue(queue=queue)
    called = names.read(table, "label", dnis or "?")
    number = Number(
        dnis=dnis,
        label=called.plain,
        labels=called.texts,
        language=table.text("language", languages[0]),
        target=target,
    )
    table.done()
    return number


def trunk_of(name: str, table: Table) -> Trunk:
    """Read one of ``[trunks.*]``: known by ``addresses``, by ``user`` and ``password``, or both."""
    by_password = any(key in table for key in ("user", "password", "register"))
    if not by_password and "addresses" not in table:
        remedy = "give addresses, or user and password, or both"
        table.complain(None, "must say how it is known", remedy)
    addresses = _networks(table, "addresses")
    identify: TrunkByAddress | TrunkByPassword
    if by_password:
        identify = TrunkByPassword(
            user=table.text("user", like=ACCOUNT, hint="write it as the carrier gave it to you"),
            password=table.text("password"),
            register=table.yes("register"),
            addresses=addresses,
        )
    else:
        identify = TrunkByAddress(addresses=addresses)
    table.know("addresses", "user", "password", "register")
    transport = table.take(
        "transport", Transport, Transport.UDP, f"choose from {_list(TRANSPORTS)}"
    )
    trunk = Trunk(
        id=name,
        identify=identify,
        server=table.optional("server", like=HOST, hint="write host or host:port"),
        codecs=codecs_of(table),
        region=table.take("region", region_of, "", "use two letters such as US, CN or IR"),
        transport=transport,
        srtp=table.yes("srtp", default=transport is Transport.TLS),
        number=table.optional("number", like=DNIS, hint='write one of [[numbers]], such as "5001"'),
        max_calls=table.maybe_whole("max_calls", least=1, most=MOST_CALLS),
        max_rate=table.maybe_whole("max_rate", least=1, most=MOST_RATE),
        max_calls_per_address=table.maybe_whole("max_calls_per_address", least=1, most=MOST_CALLS),
        max_rate_per_address=table.maybe_whole("max_rate_per_address", least=1, most=MOST_RATE),
    )
    table.done()
    return trunk


def phones_of(table: Table) -> Mapping[AgentId, Phone]:
    """Read ``[phones]``: agent = "browser" or the address of a SIP phone."""
    _check_ids(table, AGENT_ID)
    phones: dict[AgentId, Phone] = {}
    for key in table.ids():
        value = table.text(
            key, like=f"browser|{SIP_URI}", hint='write "browser" or "sip:name@192.0.2.7"'
        )
        phones[AgentId(key)] = BrowserPhone() if value == "browser" else DeskPhone(uri=value)
    return phones


def outbound_of(table: Table) -> Outbound:
    """Read ``[outbound]``."""
    outbound = Outbound(trunk=table.text("trunk"), allowed=table.texts("allowed"))
    for prefix in outbound.allowed:
        if re.fullmatch(PREFIX, prefix) is None:
            table.complain("allowed", f"{prefix!r} is no prefix", "write digits, + may lead")
    table.done()
    return outbound


def safety_net_of(table: Table) -> SafetyNet:
    """Read ``[safety_net]``."""
    plain = SafetyNet()
    net = SafetyNet(
        after=table.duration("after", plain.after, least=SECOND, most=10 * SECOND),
        wait=table.duration("wait", plain.wait, least=5 * SECOND, most=3600 * SECOND),
    )
    table.done()
    return net


def asterisk_of(table: Table) -> SystemAsterisk:
    """Read ``[asterisk]``: a system Asterisk in place of the private one."""
    binary = Path(table.text("binary"))
    if "binary" in table and not binary.is_file():
        table.complain("binary", f"{binary} does not exist", "name Asterisk's program file")
    found: dict[str, Path] = {}
    for key, usual in (("modules", "/usr/lib/asterisk/modules"), ("data", "/usr/share/asterisk")):
        found[key] = Path(table.text(key, usual))
        if not found[key].is_dir():
            table.complain(key, f"{found[key]} is no folder", "name the folder Asterisk uses")
    table.done()
    return SystemAsterisk(binary=binary, modules=found["modules"], data=found["data"])


def _address(text: str) -> str:
    return str(ip_address(text))


def _networks(table: Table, key: str) -> tuple[Network, ...]:
    found: list[Network] = []
    for text in table.texts(key):
        try:
            found.append(ip_network(text))
        except ValueError as error:
            table.complain(key, str(error), 'write "192.0.2.7" or "192.0.2.0/24"')
    return tuple(found)


def _check_ids(table: Table, like: str) -> None:
    for key in table.ids():
        if re.fullmatch(like, key) is None:
            table.complain(key, f"{key!r} cannot be an id", ID_HINT)


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
