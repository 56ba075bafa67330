"""What a browser may send towards Asterisk."""

import json
from pathlib import Path

import pytest

from agent_desktop.server.sip_guard import SipGuard
from tests.fakes.sip_frames import BODY, PROOF, request, response

pytestmark = pytest.mark.unit

ANA = frozenset({"agent-ana"})
STRANGER = "<sip:+12025550143@127.0.0.1:5060>;tag=9"
DIALOG = {"From": "<sip:r4nd0m@x1y2z3.invalid>;tag=1", "To": STRANGER}
SDP = {"Content_Type": "application/sdp", "body": BODY}


def complaint(frame: str) -> str:
    """What is said of a frame after ana's phone has registered."""
    guard = SipGuard(ANA)
    assert guard.complaint(request()) == ""
    return guard.complaint(frame)


@pytest.mark.parametrize(
    "frame",
    [
        request(),
        request(Authorization=PROOF),
        request(Authorization=f'{PROOF}, response="0f", qop=auth, cnonce="1", nc=00000001'),
        request(Expires="0"),
        request("INVITE", To="<sip:5001@parley.invalid>", **SDP),
        request("INVITE", To="<sip:5001@parley.invalid>", Proxy_Authorization=PROOF, **SDP),
        request("ACK", To="<sip:5001@parley.invalid>;tag=5"),
        request("CANCEL", To="<sip:5001@parley.invalid>", Contact="", Reason="SIP ;cause=487"),
        request("BYE", To="<sip:5001@parley.invalid>;tag=5", Contact=""),
        request("BYE", **DIALOG),
        request("INVITE", **DIALOG, **SDP),
        request("UPDATE", **DIALOG),
        request("BYE", From=DIALOG["From"], To="<sip:127.0.0.1:5060;transport=ws>;tag=9"),
        response(),
        response("200 OK", From=STRANGER, To="<sip:r4nd0m@x1y2z3.invalid>;tag=1", **SDP),
        response("486 Busy Here", Contact=""),
        response("500 Server Internal Error", Contact="").replace(
            "CSeq:", "Retry-After:3\r\nCSeq:"
        ),
        "\r\n\r\n",
        "\r\n",
        "",
    ],
)
def test_what_her_own_phone_says_passes(frame: str) -> None:
    assert complaint(frame) == ""


def test_all_that_jssip_said_in_a_day_of_a_phone_passes() -> None:
    """Kept from JsSIP 3.13: it registers, dials, moves, hangs up, cancels, answers, refuses."""
    frames = json.loads(Path("tests/fakes/jssip_frames.json").read_text(encoding="utf-8"))
    guard = SipGuard(ANA)

    assert len(frames) == 26
    assert [frame for frame in frames if guard.complaint(frame)] == []


ANOTHERS = request(From="<sip:agent-ben@parley.invalid>;tag=1", To="<sip:agent-ben@parley.invalid>")
FORGED_CALL = request("INVITE", From="<sip:+12025550143@x>;tag=1", To="<sip:5001@x>")


@pytest.mark.parametrize(
    "appended",
    [
        ANOTHERS,
        FORGED_CALL,
        request("MESSAGE"),
        request("SUBSCRIBE"),
        request("REFER"),
        request(),
        "x",
        "\r\n",
        "\0",
    ],
)
@pytest.mark.parametrize(
    "first", [request(), request("INVITE", To="<sip:5001@x>", **SDP), response(), "\r\n\r\n"]
)
def test_a_frame_holds_one_message(first: str, appended: str) -> None:
    assert complaint(first + appended) != "" or not (first + appended).strip("\r\n")


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (ANOTHERS, "from"),
        (FORGED_CALL, "from"),
        (request(From='"<sip:agent-ana@x>" <sip:agent-ben@x>;tag=1'), "from"),
        (request(From="<sip:AGENT-ANA@x>;tag=1"), "from"),
        (request(From="<sip:agent%2Dana@x>;tag=1"), "from"),
        (request(From="<sip:agent-ana@x>, <sip:agent-ben@x>;tag=1"), "headers"),
        (request(From="sip:agent-ana@x;tag=1"), "headers"),
        (request(From="Ana <sip:agent-ana@x>;tag=1"), "headers"),
        (request(From="<sip:agent-ana:secret@x>;tag=1"), "headers"),
        (request(From="<tel:+12025550143>;tag=1"), "headers"),
        (request(From="<sip:agent-ana@x?Replaces=1>;tag=1"), "headers"),
        (request(From="anonymous"), "headers"),
        (request(To="<sip:agent-ben@parley.invalid>"), "to"),
        (request(To="<sip:agent-ana@parley.invalid>;tag=5"), "to"),
        (request(To="<sip:agent-ana@parley.invalid>;TAG=5"), "to"),
        (request(To="<sip:agent-ben@x>;tag=5", From=DIALOG["From"]), "to"),
        (request("BYE", To=STRANGER, From="<sip:agent-ben@x>;tag=1"), "from"),
        (request("INVITE", To=STRANGER, From="<sip:+12025550143@x>;tag=1"), "from"),
        (request("INVITE", To="<sip:5001@x>", From=DIALOG["From"]), "from"),
        (request("INVITE", To='";tag=1" <sip:1@x>', From="<sip:agent-ben@x>;tag=1"), "from"),
        (request(Authorization='Digest username="agent-ben"'), "credentials"),
        (request(Proxy_Authorization='Digest username="agent-ben"'), "credentials"),
        (request(Authorization='Digest username = "agent-ana"'), "credentials"),
        (request(Authorization='Digest username="agent-ana",username="agent-ben"'), "credentials"),
        (request(Authorization='Digest username=agent-ana'), "credentials"),
        (request(Authorization='Digest username="agent-ana" , realm="x"'), "credentials"),
        (request(Authorization='Digest username="agent-ana\\"'), "credentials"),
        (request(Authorization='Digest realm="x"'), "credentials"),
        (request(Authorization="Basic YWdlbnQtYW5h"), "credentials"),
        (request("BYE", To=STRANGER, Authorization='Digest username="agent-ben"'), "credentials"),
        *[
            (request(method), "method")
            for method in ("MESSAGE", "SUBSCRIBE", "REFER", "NOTIFY", "PUBLISH", "OPTIONS", "INFO")
        ],
        (request("MESSAGE", To=STRANGER), "method"),
        (request(CSeq="81 INVITE"), "headers"),
        (request("register"), "no SIP"),
        (request(To=""), "headers"),
        (request(Content_Length=""), "headers"),
        (request(Content_Length="1"), "body"),
        (request(Content_Length="+0"), "body"),
        (request(Content_Length="0x0"), "body"),
        (request(Content_Length="4294967296"), "body"),
        (request("INVITE", To="<sip:5001@x>", body=BODY, Content_Length="0"), "body"),
        (request("INVITE", To="<sip:5001@x>", body=BODY, Content_Type="multipart/mixed"), "body"),
        (request("INVITE", To="<sip:5001@x>", Refer_To="<sip:1@x>"), "headers"),
        (request("INVITE", To="<sip:5001@x>", Replaces="a;to-tag=1;from-tag=2"), "headers"),
        (request("INVITE", To="<sip:5001@x>", Route="<sip:192.0.2.1;lr>"), "headers"),
        (request("INVITE", To="<sip:5001@x>", P_Asserted_Identity="<sip:1@x>"), "headers"),
        (request(Contact="<sip:a@192.0.2.1>"), "contact"),
        (request(Contact="<sip:a@x.invalid>, <sip:b@x.invalid>"), "contact"),
        (request(Contact="*"), "contact"),
        (request(Contact=""), "contact"),
        (request(Contact="<sip:agent-ben@x.invalid>"), "contact"),
        (response("302 Moved Temporarily", Contact="<sip:5090@x.invalid>"), "no SIP"),
        (response("200 OK", Contact="<sip:5090@192.0.2.1>"), "contact"),
        (request().replace("From:", "f:").replace("To:", "t:"), "headers"),
        (request().replace("\r\nTo:", "\r\nl: 9\r\nTo:"), "headers"),
        (request().replace("\r\nTo:", "\r\nf: <sip:agent-ben@x>\r\nTo:"), "headers"),
        (request().replace("\r\nTo:", "\r\nFROM: <sip:agent-ben@x>\r\nTo:"), "headers"),
        (request().replace("\r\nTo:", "\r\n  ;y=2\r\nTo:"), "headers"),
        (request().replace("\r\nTo:", "\r\nTo :"), "headers"),
        (request().replace("\r\nTo:", "\nTo:"), "no SIP"),
        (request().replace("\r\nTo:", "\rTo:"), "no SIP"),
        (request().replace("\r\nTo:", "\r\n\rTo:"), "no SIP"),
        (request().replace("agent-ana@", "agent-ana\0@"), "no SIP"),
        (request().replace("\r\n", "\n"), "no SIP"),
        (request().replace("\r\n", "\r"), "no SIP"),
        (request()[:-2], "no SIP"),
        ("GET /ari/channels HTTP/1.1\r\n\r\n", "headers"),
        ("garbage", "no SIP"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_reason(frame: str, why: str) -> None:
    assert complaint(frame) == why


def test_a_contact_that_was_not_registered_here_speaks_in_no_call() -> None:
    assert SipGuard(ANA).complaint(request("BYE", **DIALOG)) == "from"


def test_a_page_has_a_few_contacts_and_no_more() -> None:
    guard = SipGuard(ANA)
    said = [guard.complaint(request(Contact=f"<sip:c{number}@x.invalid>")) for number in range(20)]
    assert said[:8] == [""] * 8
    assert set(said[8:]) == {"contact"}
