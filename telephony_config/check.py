"""Looks for what no single key shows: references to nothing, clashes, contradictions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from telephony_config import dialled
from telephony_config.complaint import Complaints, dotted
from telephony_config.model import (
    DeskPhone,
    Network,
    Ports,
    Site,
    ToEcho,
    ToFlow,
    Transport,
    Trunk,
    TrunkByPassword,
)
from telephony_config.toml_lines import KeyPath

FEWEST_RTP_PORTS: Final = 4
RESERVED: Final = ("agent-", "caller-", "transport-", "safety-", "parley")
"""Beginnings of names that Parley gives out itself."""


def check(site: Site, complaints: Complaints, flows: Path | None = None) -> None:
    """Add a complaint for each fault of a site whose keys are all right by themselves."""
    for one in (_ports, _queues, _numbers, _trunks, _phones, _outbound):
        one(site, complaints)
    if flows is not None and site.flows is not None:
        _flows(site, site.flows, flows, complaints)


def _flows(site: Site, own: Path, brought: Path, complaints: Complaints) -> None:
    known = {file.stem for folder in (own, brought) for file in folder.glob("*.yaml")}
    for place, number in enumerate(site.numbers):
        if isinstance(number.target, ToFlow) and number.target.flow not in known:
            complaints.add(
                ("numbers", place, "flow"),
                f"there is no flow {number.target.flow!r}",
                f"choose from {', '.join(sorted(known))} or write {own}/{number.target.flow}.yaml",
            )


def _ports(site: Site, complaints: Complaints) -> None:
    ports = site.ports
    if ports.rtp_end - ports.rtp_start + 1 < FEWEST_RTP_PORTS:
        complaints.add(
            ("ports", "rtp_end"),
            f"leaves fewer than {FEWEST_RTP_PORTS} ports from rtp_start",
            "each call leg needs two: make the range larger",
        )
    taken: dict[tuple[str, int], KeyPath] = {}
    for kind, port, path in _listeners(site, ports):
        first = taken.setdefault((kind, port), path)
        if first != path:
            where = f"{dotted(first)} (line {complaints.line(first)})"
            complaints.add(path, f"{port} is taken by {where}", "choose another port")
    if ports.rtp_start <= ports.sip_udp <= ports.rtp_end:
        complaints.add(
            ("ports", "sip_udp"),
            f"{ports.sip_udp} lies between rtp_start and rtp_end",
            "choose a port outside the range",
        )
    if ports.sip_tls is not None and site.tls is None:
        complaints.add(
            ("ports", "sip_tls"), "needs a certificate", "add [tls] with certificate and key"
        )


def _listeners(site: Site, ports: Ports) -> Iterator[tuple[str, int, KeyPath]]:
    yield "tcp", ports.http, ("ports", "http")
    if ports.sip_tls is not None:
        yield "tcp", ports.sip_tls, ("ports", "sip_tls")
    if any(trunk.transport is Transport.TCP for trunk in site.trunks):
        yield "tcp", ports.sip_udp, ("ports", "sip_udp")
    yield "tcp", site.desktop.port, ("desktop", "port")


def _queues(site: Site, complaints: Complaints) -> None:
    skills = {skill.id for skill in site.skills}
    for queue in site.queues:
        for need in queue.needs:
            if need.skill not in skills:
                complaints.add(
                    ("queues", queue.id, "needs"),
                    f"skill {need.skill!r} is unknown",
                    f"add it to [skills] or use one of {', '.join(sorted(skills)) or 'none yet'}",
                )
        if queue.ring_for > site.safety_net.wait:
            complaints.add(
                ("queues", queue.id, "ring_for"),
                "is longer than safety_net.wait, so no phone would ring to the end",
                "shorten ring_for or lengthen safety_net.wait",
            )


def _numbers(site: Site, complaints: Complaints) -> None:
    queues = {queue.id for queue in site.queues}
    _each_number_once(site, complaints)
    for place, number in enumerate(site.numbers):
        path: KeyPath = ("numbers", place)
        if number.language not in site.languages:
            complaints.add(
                (*path, "language"),
                f"{number.language!r} is not among site.languages",
                f"choose from {', '.join(site.languages)} or add it there",
            )
        if not isinstance(number.target, ToEcho) and number.target.queue not in queues:
            complaints.add(
                (*path, "queue"),
                f"queue {number.target.queue!r} is unknown",
                f"choose from {', '.join(sorted(queues))} or add [queues.{number.target.queue}]",
            )
    if not site.numbers:
        complaints.add(("numbers",), "is empty, so nobody can call", "add [[numbers]]")


def _each_number_once(site: Site, complaints: Complaints) -> None:
    """No two numbers may be dialled alike, in whatever writing on whatever trunk."""
    taken: dict[tuple[str, str], int] = {}
    for place, number in enumerate(site.numbers):
        found: tuple[int, str] | None = None
        for region in dialled.regions(site):
            for writing in dialled.writings(number.dnis, home=site.region, dialled_in=region):
                first = taken.setdefault((region, writing), place)
                if first != place:
                    found = min(found or (first, writing), (first, writing))
        if found is not None:
            first, writing = found
            line = complaints.line(("numbers", first, "number"))
            complaints.add(
                ("numbers", place, "number"),
                f"{number.dnis} is already on line {line}: {writing} can mean both",
                "name each number once",
            )


def _trunks(site: Site, complaints: Complaints) -> None:
    known: list[tuple[Network, str]] = []
    for trunk in site.trunks:
        path: KeyPath = ("trunks", trunk.id)
        if trunk.id.startswith(RESERVED):
            complaints.add(path, "has a name that Parley uses itself", "choose another name")
        if trunk.account is not None:
            _trunk_by_password(trunk, trunk.account, path, complaints)
        _trunk_by_address(trunk, known, path, complaints)
        known += [(address, trunk.id) for address in trunk.addresses]
        _trunk_number(site, trunk, path, complaints)
        _trunk_security(site, trunk, path, complaints)
        _trunk_limits(site, trunk, path, complaints)


def _trunk_by_password(
    trunk: Trunk, known_by: TrunkByPassword, path: KeyPath, complaints: Complaints
) -> None:
    if known_by.register and not trunk.server:
        complaints.add((*path, "register"), "needs a server", "add server")
    if not known_by.register and known_by.user != trunk.id and not known_by.addresses:
        complaints.add(
            (*path, "user"),
            f"{known_by.user!r} is not the trunk's name, by which its calls are known",
            f"write [trunks.{known_by.user}] or user = {trunk.id!r}, or add addresses",
        )


def _trunk_by_address(
    trunk: Trunk, known: list[tuple[Network, str]], path: KeyPath, complaints: Complaints
) -> None:
    if not trunk.addresses and trunk.account is None:
        complaints.add((*path, "addresses"), "is empty", "name the carrier's addresses")
    clashes = [f"{one} ({owner})" for one in trunk.addresses if (owner := _owner(one, known))]
    if clashes:
        complaints.add(
            (*path, "addresses"),
            f"also belong to another trunk: {', '.join(clashes)}",
            "give each address to one trunk",
        )


def _trunk_number(site: Site, trunk: Trunk, path: KeyPath, complaints: Complaints) -> None:
    """Calls for the account itself need a number of ours, and an account."""
    if not trunk.number:
        return
    if not trunk.registers:
        complaints.add(
            (*path, "number"),
            "means something only to a trunk that we register with",
            "remove it, or add register = true with user and password",
        )
    known = [number.dnis for number in site.numbers]
    if trunk.number not in known:
        complaints.add(
            (*path, "number"),
            f"{trunk.number} is none of [[numbers]]",
            f"choose from {', '.join(known)}",
        )


def _trunk_security(site: Site, trunk: Trunk, path: KeyPath, complaints: Complaints) -> None:
    if trunk.srtp and trunk.transport is not Transport.TLS:
        complaints.add(
            (*path, "srtp"),
            f"sends its keys in the open over {trunk.transport}",
            'add transport = "tls", or remove srtp',
        )
    if trunk.transport is not Transport.TLS:
        return
    if site.ports.sip_tls is None:
        remedy = "add sip_tls = 5061 to [ports], and [tls] with certificate and key"
        complaints.add((*path, "transport"), "tls needs a port to listen on", remedy)
    elif site.tls is not None and not site.tls.authorities.is_file():
        complaints.add(
            ("tls", "authorities"),
            f"{site.tls.authorities} is not there, so no carrier's certificate can be checked",
            "name a PEM file of the authorities to trust, or install ca-certificates",
        )


def _trunk_limits(site: Site, trunk: Trunk, path: KeyPath, complaints: Complaints) -> None:
    """A limit above that of the whole, or of the ports there are, limits nothing."""
    if trunk.max_calls is not None and trunk.max_calls > site.ports.most_legs:
        complaints.add(
            (*path, "max_calls"),
            f"{trunk.max_calls} is more than the ports from rtp_start to rtp_end are for: "
            f"{site.ports.most_legs} legs",
            "make that range larger (two ports a leg), or write less",
        )
    whole = site.limits(trunk)
    for key, mine, most in (
        ("max_calls_per_address", trunk.max_calls_per_address, whole.calls),
        ("max_rate_per_address", trunk.max_rate_per_address, whole.rate),
    ):
        if mine is not None and mine > most:
            complaints.add(
                (*path, key),
                f"{mine} is more than the whole trunk may: {most}",
                f"write less, or raise {key.removesuffix('_per_address')}",
            )
        elif mine is not None and trunk.one_address:
            complaints.add(
                (*path, key),
                "says nothing more: the trunk has one address",
                f"remove it; {key.removesuffix('_per_address')} is the limit",
            )


def _owner(address: Network, known: list[tuple[Network, str]]) -> str:
    for other, owner in known:
        if address.version == other.version and address.overlaps(other):
            return owner
    return ""


def _phones(site: Site, complaints: Complaints) -> None:
    owners: dict[str, str] = {}
    for agent, phone in site.phones.items():
        if isinstance(phone, DeskPhone):
            owner = owners.setdefault(phone.uri, agent)
            if owner != agent:
                complaints.add(
                    ("phones", agent), f"is also the phone of {owner!r}", "give each agent his own"
                )


def _outbound(site: Site, complaints: Complaints) -> None:
    if site.outbound is None:
        return
    trunk = next((one for one in site.trunks if one.id == site.outbound.trunk), None)
    if trunk is None:
        complaints.add(
            ("outbound", "trunk"), f"{site.outbound.trunk!r} is unknown", "add it under [trunks]"
        )
    elif not trunk.server:
        complaints.add(
            ("outbound", "trunk"),
            f"trunk {trunk.id!r} has no server to send calls to",
            "add server",
        )
