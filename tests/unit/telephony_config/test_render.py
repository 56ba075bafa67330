"""What is rendered is what was agreed: golden files, and the rules they must never break."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from telephony_config.errors import TelephonyConfigError
from telephony_config.load import load_site
from telephony_config.model import Addresses
from telephony_config.render import preview, render
from tests.unit.telephony_config.golden_sites import (
    DEMO,
    GOLDEN,
    carrier_site,
    rendered,
    runtime,
)

pytestmark = pytest.mark.unit

SITES = ("demo", "carrier")


@pytest.mark.parametrize("site", SITES)
def test_the_files_are_the_golden_ones(site: str) -> None:
    golden = {path.name: path.read_text(encoding="utf-8") for path in (GOLDEN / site).iterdir()}

    assert rendered()[site] == golden


def stasis_places(site: str, args: str) -> list[list[str]]:
    """Where callers enter the application with these arguments: the line before, it, the next."""
    lines = rendered()[site]["extensions.conf"].splitlines()
    found = [n for n, line in enumerate(lines) if re.search(rf",Stasis\(parley,{args}\b", line)]
    return [lines[n - 1 : n + 2] for n in found]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize(("args", "times"), [("inbound", 4), ("back", 2)])
def test_a_caller_whom_the_daemon_does_not_take_falls_into_the_safety_net(
    site: str, args: str, times: int
) -> None:
    places = stasis_places(site, args)

    assert len(places) == times
    for before, _, after in places:
        assert re.search(r"Set\(.*TIMEOUT\(absolute\)=2\b", before)
        assert "parley-safety-net,wait,1" in after


@pytest.mark.parametrize("site", SITES)
def test_a_caller_taken_in_hand_by_a_daemon_that_dies_falls_into_the_safety_net(site: str) -> None:
    ((_, _, after),) = stasis_places(site, "hand")

    assert "parley-safety-net,wait,1" in after


@pytest.mark.parametrize("site", SITES)
def test_every_number_is_behind_the_door_that_counts_calls(site: str) -> None:
    text = rendered()[site]["extensions.conf"]
    numbers = text.split("[parley-numbers]")[1].split("\n[")[0]
    first = [line for line in numbers.splitlines() if line.startswith("exten =>")]

    assert len(first) >= 5
    assert all(line.endswith(",1,Gosub(parley-door,s,1)") for line in first)


def test_a_phone_that_dials_out_is_counted_at_the_door_too() -> None:
    section = rendered()["carrier"]["extensions.conf"].split("\n[from-agents]")[1].split("\n[")[0]
    first = [line for line in section.splitlines() if line.startswith("exten =>")]

    assert first
    assert all(line.endswith(",1,Gosub(parley-door,s,1)") for line in first)


@pytest.mark.parametrize("context", ["parley-ring", "parley-hand"])
def test_a_caller_handed_over_keeps_the_way_out_of_her_time_out(context: str) -> None:
    text = rendered()["demo"]["extensions.conf"]

    assert "include => parley-nobody-came" in text.split(f"[{context}]")[1].split("\n[")[0]


@pytest.mark.parametrize("context", ["from-trunk-US", "from-demo", "from-desk-phones"])
def test_every_way_in_catches_callers_whom_nobody_took(context: str) -> None:
    text = rendered()["demo"]["extensions.conf"]
    section = text.split(f"[{context}]")[1].split("[")[0]

    assert "include => parley-nobody-came" in section
    assert "parley-safety-net,start,1" in text.split("[parley-nobody-came]")[1].split("\n\n")[0]


def test_asterisks_own_log_takes_no_level_that_names_callers_or_what_they_dialled() -> None:
    text = rendered()["demo"]["logger.conf"]

    assert "messages = warning,error\n" in text
    assert not any(line.startswith("console") for line in text.splitlines())


def test_agents_may_dial_nothing_but_the_echo_unless_the_site_allows_it() -> None:
    text = rendered()["demo"]["extensions.conf"]

    section = text.split("[from-agents]")[1].split("[")[0]
    assert [line for line in section.splitlines() if line and line[0] != ";"] == [
        "include => parley-echo"
    ]
    dialled = set(re.findall(r"Dial\(([^,]*),", text))
    assert dialled == {"PJSIP/${PARLEY_PHONE}", "PJSIP/${CUT(EXTEN"}, "agents, for callers"


@pytest.mark.parametrize("site", SITES)
def test_no_phone_and_no_carrier_may_send_a_caller_elsewhere(site: str) -> None:
    files = rendered()[site]
    dials = re.findall(r"Dial\(.*\)$", files["extensions.conf"], re.MULTILINE)
    queues = re.findall(r"Queue\(safety-.*\)$", files["extensions.conf"], re.MULTILINE)

    assert dials
    assert queues
    assert all(re.search(r",g?i(?:F\(|\))", dial) for dial in dials), "i: forwards are ignored"
    assert all(",i,,," in queue for queue in queues)
    assert "res_pjsip_refer" not in files["modules.conf"]


@pytest.mark.parametrize("site", SITES)
def test_carriers_are_told_nothing_of_who_serves_and_may_not_transfer_or_watch(site: str) -> None:
    trunks = rendered()[site]["pjsip.conf"].split("; ---- trunk ")[1:]

    assert trunks
    for trunk in trunks:
        for rule in (
            "allow_transfer = no",
            "allow_subscribe = no",
            "send_connected_line = no",
            "trust_connected_line = no",
            "dtmf_mode = auto",
        ):
            assert f"\n{rule}\n" in trunk
        assert "send_pai" not in trunk


def test_nobody_can_dial_into_the_contexts_that_only_the_daemon_uses() -> None:
    text = rendered()["carrier"]["extensions.conf"]

    assert "include => parley-ring" not in text
    assert "include => parley-hand" not in text


def test_allowed_destinations_are_filtered_and_go_through_the_trunk() -> None:
    text = rendered()["carrier"]["extensions.conf"]

    assert "exten => _+98.,1,Gosub(parley-door,s,1)\n same => n,Set(CALLERID(name)=)\n" in text
    assert " same => n,Dial(PJSIP/${FILTER(+0-9,${EXTEN})}@carrier,60,i)\n" in text


def test_the_http_port_is_on_loopback_and_the_manager_is_off() -> None:
    files = rendered()["carrier"]

    assert "bindaddr = 127.0.0.1" in files["http.conf"]
    assert "enabled = no" in files["manager.conf"]


def test_a_semicolon_in_a_password_does_not_begin_a_comment() -> None:
    assert "password = semi\\;colon" in rendered()["carrier"]["pjsip.conf"]


@pytest.mark.parametrize(
    ("bind", "external", "told"),
    [
        ("10.0.0.7", "203.0.113.9", "10.0.0.7 => 203.0.113.9,include_local_address"),
        ("0.0.0.0", "203.0.113.9", ""),
        ("10.0.0.7", "sip.example.net", ""),
        ("10.0.0.7", "", ""),
        ("10.0.0.7", "2001:db8::9", ""),
    ],
)
def test_browsers_are_told_the_address_by_which_the_nat_lets_them_in(
    bind: str, external: str, told: str
) -> None:
    site = replace(carrier_site(), addresses=Addresses(bind=bind, external=external))

    text = render(site, runtime(site))["rtp.conf"]

    assert text.partition("[ice_host_candidates]\n")[2].strip() == told


def test_a_control_character_never_reaches_a_file() -> None:
    site = carrier_site()
    spoiled = replace(site.numbers[0], label="x\nexten => 1,1,System(rm)")

    with pytest.raises(TelephonyConfigError, match="control character"):
        render(replace(site, numbers=(spoiled,)), runtime(site))


def test_a_preview_can_be_rendered_without_starting_anything() -> None:
    site = load_site(DEMO)

    files = render(site, preview(site, Path("/etc/asterisk")))

    assert "astetcdir => /etc/asterisk" in files["asterisk.conf"]
    assert "password = CHANGE-ME" in files["ari.conf"]


def test_secrets_are_not_shown_when_a_runtime_is_printed() -> None:
    assert "not-a-secret" not in repr(runtime(load_site(DEMO)))


def test_a_desk_phone_reaches_our_own_numbers_before_it_dials_out() -> None:
    text = rendered()["carrier"]["extensions.conf"]
    section = text.split("[from-desk-phones]")[1].split("\n\n")[0]

    assert section.index("parley-writings-IR") < section.index("include => from-agents")
