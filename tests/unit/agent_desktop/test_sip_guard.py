"""What a browser may send towards Asterisk."""

import pytest

from agent_desktop.server.sip_guard import complaint

pytestmark = pytest.mark.unit

ANA = frozenset({"agent-ana"})


def request(method: str = "REGISTER", **headers: str) -> str:
    """A request of ana's phone, with some headers replaced."""
    told = {
        "Via": "SIP/2.0/WSS x.invalid;branch=z9hG4bK1",
        "From": '"Ana" <sip:agent-ana@parley.invalid>;tag=1',
        "To": "<sip:agent-ana@parley.invalid>",
        "Contact": "<sip:random@x.invalid;transport=ws>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{method} sip:parley.invalid SIP/2.0"]
    lines += [f"{name}: {value}" for name, value in told.items() if value]
    return "\r\n".join([*lines, "", ""])


@pytest.mark.parametrize(
    "message",
    [
        request(),
        request(Authorization='Digest username="agent-ana",realm="asterisk"'),
        request("INVITE", To="<sip:1000@parley.invalid>"),
        request("OPTIONS", To="<sip:1000@parley.invalid>"),
        request("BYE", From="<sip:random@x.invalid>;tag=1", To="<sip:x@y>;tag=2"),
        request().replace("From:", "f:").replace("To:", "t:"),
        request().replace("\r\nTo:", ";x=1\r\n  ;y=2\r\nTo:"),
        "SIP/2.0 180 Ringing\r\nVia: x\r\n\r\n",
        "\r\n\r\n",
        "\r\n",
        "",
    ],
)
def test_her_own_phones_messages_pass(message: str) -> None:
    assert complaint(message, ANA) == ""


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (request(From="<sip:agent-ben@parley.invalid>;tag=1"), "from"),
        (request("INVITE", From="<sip:agent-ben@x>;tag=1", To="<sip:1@x>"), "from"),
        (request(From='"<sip:agent-ana@x>" <sip:agent-ben@x>;tag=1'), "from"),
        (request(From="<sip:AGENT-ANA@x>;tag=1"), "from"),
        (request(From="<sip:agent%2Dana@x>;tag=1"), "from"),
        (request(From="anonymous"), "from"),
        (request(To="<sip:agent-ben@parley.invalid>"), "to"),
        (request(Authorization='Digest username="agent-ben"'), "credentials"),
        (request(Proxy_Authorization='Digest username="agent-ben"'), "credentials"),
        (request("BYE", To="<sip:x@y>;tag=2", Authorization='Digest username="x"'), "credentials"),
        (request("INVITE", To='";tag=1" <sip:1@x>', From="<sip:agent-ben@x>;tag=1"), "from"),
        (request("MESSAGE"), "method"),
        (request("SUBSCRIBE"), "method"),
        (request("REFER"), "method"),
        (request("register"), "method"),
        (request(To=""), "headers"),
        (request().replace("\r\nTo:", "\r\nf: <sip:agent-ben@x>\r\nTo:"), "headers"),
        ("GET /ari/channels HTTP/1.1\r\n\r\n", "no SIP"),
        ("garbage", "no SIP"),
    ],
)
def test_everything_else_is_refused_with_its_reason(message: str, why: str) -> None:
    assert complaint(message, ANA) == why
