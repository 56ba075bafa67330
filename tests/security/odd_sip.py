"""The torture tests of RFC 4475, written anew from what each of them is about.

``MARK`` stands where a caller's number or name would: it may appear in no log. Numbers that do not
exist are rung, so that what is right in spite of its looks is answered with 404 and leaves nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MARK: Final = "7005550199"
NAME: Final = "Tortured Caller"
_LONG: Final = "x" * 120


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the messages go, and where answers to them come back."""

    server: str
    via: str


@dataclass(frozen=True, kw_only=True)
class Odd:
    """One message, as text with ``{server}`` and ``{via}``; ``raw`` changes what it became."""

    text: str
    raw: Callable[[bytes], bytes] = bytes

    def at(self, place: Place, number: int) -> bytes:
        """The message as it is sent."""
        names = {"server": place.server, "via": place.via, "n": f"{number}"}
        return self.raw(self.text.strip("\n").format(**names).replace("\n", "\r\n").encode())


def _invite(
    uri: str = "sip:none@{server}",
    *,
    method: str = "INVITE",
    version: str = "SIP/2.0",
    headers: Mapping[str, str] | None = None,
    more: str = "",
    body: str = "",
) -> str:
    """A request with everything it needs, or with what ``headers`` says instead ("" for none)."""
    fields = {
        "Via": "SIP/2.0/UDP {via};branch=z9hG4bK-{n}",
        "Max-Forwards": "70",
        "From": f'"{NAME}" <sip:{MARK}@{{via}}>;tag=t{{n}}',
        "To": "<sip:none@{server}>",
        "Call-ID": "torture-{n}",
        "CSeq": f"1 {method}",
        "Contact": f"<sip:{MARK}@{{via}}>",
        "Content-Length": str(len(body.replace("\n", "\r\n"))),
    } | dict(headers or {})
    lines = [f"{name}: {value}\n" for name, value in fields.items() if value]
    return f"{method} {uri} {version}\n{''.join(lines)}{more}\n{body}"


def _answer(status: str, more: str = "", *, via: str = "SIP/2.0/UDP {via};branch=z9hG4bK-r") -> str:
    return (
        f"SIP/2.0 {status}\nVia: {via}\nFrom: <sip:{MARK}@{{via}}>;tag=a\n"
        f"To: <sip:none@{{server}}>;tag=b\nCall-ID: answer-{{n}}\nCSeq: 8 INVITE\n"
        f"{more}Content-Length: 0\n\n"
    )


SDP: Final = (
    "v=0\no=x 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n"
    "a=rtpmap:0 PCMU/8000\n"
)
_WITH_SDP: Final = {"Content-Type": "application/sdp"}

VALID: Final[dict[str, Odd]] = {
    "a short tortuous INVITE": Odd(
        text="INVITE sip:none@{server};unknownparam SIP/2.0\n"
        "TO :\n sip:none@{server} ;   tag    = 1918181833n\n"
        f'from   : "{NAME} \\\\\\""       <sip:{MARK}@{{via}}>\n  ;\n  tag = 98asjd8\n'
        "MaX-fOrWaRdS: 0068\nCall-ID: wsinv.{n}\nContent-Length   : 150\n"
        "cseq: 0009\n  INVITE\nVia  : SIP  /   2.0\n /UDP\n    {via};branch=390skdjuw\n"
        "s :\nNewFangledHeader:   newfangled value\n continued newfangled value\n"
        "UnknownHeaderWithUnusualValue: ;;,,;;,;\nContent-Type: application/sdp\n"
        "Route:\n <sip:services.example.org;lr;unknownwith=value;unknown-no-value>\n"
        "v:  SIP  / 2.0  / TCP     spindle.example.org   ;\n  branch  =   z9hG4bK9ikj8  ,\n"
        " SIP  /    2.0   / UDP  192.0.2.255   ; branch= z9hG4bK30239\n"
        f'm:"Quoted string \\"\\"" <sip:{MARK}@{{via}}> ; newparam =\n'
        "      newvalue ;\n  secondparam ; q = 0.33\n\n" + SDP
    ),
    "a wide range of characters": Odd(
        text=_invite(
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(x)@{server}",
            method="!interesting-Method0123456789_*+`.%indeed'~",
            more="extensionHeader-!.%*+_`'~: \ufeff\u5927\u505c\u96fb\n",
        )
    ),
    "valid escapes": Odd(
        text=_invite("sip:sips%3Auser%40example.org@{server}", more="X: %E2%82%AC\n")
    ),
    "escaped nulls": Odd(
        text=_invite(
            "sip:null-%00-null@{server}",
            method="REGISTER",
            headers={
                "To": "sip:null-%00-null@{server}",
                "From": "sip:null-%00-null@{server};tag=839923423",
                "Contact": "<sip:%00@{via}>, <sip:%00%00@{via}>",
            },
        )
    ),
    "percent signs that escape nothing": Odd(
        text=_invite(
            method="RE%47IST%45R",
            headers={"To": '"%Z%45" <sip:resource@{server}>', "Contact": "<sip:alias1@{via}>"},
        )
    ),
    "no space before the address": Odd(text=_invite(headers={"From": "caller<sip:c@{via}>;tag=3"})),
    "long values": Odd(
        text=_invite(
            f"sip:{_LONG}@{{server}};{_LONG}={_LONG}",
            headers={
                "From": f"sip:{_LONG}{MARK}@{{via}};tag={_LONG};{_LONG}={_LONG}",
                "Call-ID": f"{_LONG}{{n}}@{_LONG}",
            },
            more="".join(f"Via: SIP/2.0/TCP sip{at}.example.org\n" for at in range(33))
            + f"Unknown-{_LONG}: {_LONG * 20}\n",
        )
    ),
    "a second request behind the first": Odd(
        text=_invite(method="OPTIONS") + "\n\nINVITE sip:none@{server} SIP/2.0\nt: <sip:x@x>\n\n"
    ),
    "parameters in the user part": Odd(text=_invite("sip:user;par=u%40example.org@{server}")),
    "unusual transports": Odd(
        text=_invite(
            method="OPTIONS",
            more="Via: SIP/2.0/SCTP a.example.org;branch=z9hG4bK1\n"
            "Via: SIP/2.0/UNKNOWN b.example.org;branch=z9hG4bK2\n",
        )
    ),
    "many parts": Odd(
        text=_invite(
            method="MESSAGE",
            headers={"Content-Type": "multipart/mixed;boundary=7a9cbec02ceef655"},
            body="--7a9cbec02ceef655\nContent-Type: text/plain\n\nHello\n--7a9cbec02ceef655\n"
            "Content-Type: application/octet-stream\n\n\u0000\u0001\n--7a9cbec02ceef655--\n",
        )
    ),
    "an unusual reason": Odd(
        text=_answer(
            "200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e \u0434\u0435\u0432\u044f\u043d\u043e"
        )
    ),
    "an empty reason": Odd(text=_answer("100 ")),
}

INVALID: Final[dict[str, Odd]] = {
    "superfluous separators": Odd(
        text=_invite(headers={"Via": "SIP/2.0/UDP {via};;,;,,", "Contact": '""<sip:x@{via}>;;,;;,'})
    ),
    "a length beyond the end": Odd(
        text=_invite(headers={"Content-Length": "9999", **_WITH_SDP}, body=SDP)
    ),
    "a negative length": Odd(text=_invite(headers={"Content-Length": "-999"}, body=SDP)),
    "numbers too large in a request": Odd(
        text=_invite(
            method="REGISTER",
            headers={"CSeq": "36893488147419103232 REGISTER", "Max-Forwards": "300"},
            more="Expires: 10000000000000000000000000000\n",
        )
    ),
    "numbers too large in an answer": Odd(
        text=_answer("503 Unavailable", "Retry-After: 949302838503028349304023988\n").replace(
            "CSeq: 8", "CSeq: 9292394834772304023312"
        )
    ),
    "an open quote": Odd(text=_invite(headers={"To": '"Mr. J. User <sip:none@{server}>'})),
    "a target in brackets": Odd(text=_invite("<sip:none@{server}>")),
    "spaces in the target": Odd(text=_invite("sip:none@{server}; lr")),
    "several spaces in the first line": Odd(
        text=_invite().replace("INVITE sip", "INVITE   sip", 1).replace(" SIP/2.0", "   SIP/2.0", 1)
    ),
    "spaces behind the first line": Odd(text=_invite(version="SIP/2.0  ")),
    "escaped headers in the target": Odd(
        text=_invite("sip:none@{server}?Route=%3Csip:sip.example.org%3E")
    ),
    "an unknown time zone": Odd(text=_invite(more="Date: Fri, 01 Jan 2010 16:00:00 EST\n")),
    "a contact without brackets": Odd(
        text=_invite(method="REGISTER", headers={"Contact": "sip:x@{via}?Route=%3Csip:a.b%3E"})
    ),
    "spaces in an address": Odd(text=_invite(headers={"To": '"Watson" < sip:none@{server} >'})),
    "a display name of no token": Odd(
        text=_invite(method="OPTIONS", headers={"From": "Bell, Alexander <sip:a@{via}>;tag=43"})
    ),
    "an unknown version": Odd(text=_invite(method="OPTIONS", version="SIP/7.0")),
    "another method in CSeq": Odd(text=_invite(method="OPTIONS", headers={"CSeq": "8 INVITE"})),
    "an unknown method and another": Odd(
        text=_invite(method="NEWMETHOD", headers={"CSeq": "8 INVITE"})
    ),
    "a status too large": Odd(text=_answer("4294967301 better not break the receiver")),
    "no branch": Odd(text=_invite(headers={"Via": "SIP/2.0/UDP {via};branch=z9hG4bK"})),
    "nothing that is needed": Odd(
        text="INVITE sip:none@{server} SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP {via}\n"
        "Content-Type: application/sdp\nl: 0\n\n"
    ),
    "an unknown scheme": Odd(text=_invite("nobodyKnowsThisScheme:totallyopaquecontent")),
    "a scheme that is unusual": Odd(text=_invite("soap.beep://192.0.2.103:3002")),
    "unknown schemes in headers": Odd(
        text=_invite(
            method="REGISTER",
            headers={"To": "isbn:2983792873", "From": "<http://www.example.org>;tag=3234233"},
        )
    ),
    "what the server must know": Odd(
        text=_invite(
            method="OPTIONS",
            more="Proxy-Require: nothingSupportsThis, nothingSupportsThisEither\n"
            "Require: nothingSupportsThis\n",
        )
    ),
    "an unknown type": Odd(
        text=_invite(headers={"Content-Type": "application/unknownformat"}, body="<audio/>\n")
    ),
    "an unknown kind of proof": Odd(
        text=_invite(method="REGISTER", more='Authorization: NoOneKnowsThisScheme opaque="data"\n')
    ),
    "several values where one belongs": Odd(
        text=_invite(
            more="Contact: <sip:y@{via}>\nCSeq: 8 INVITE\nCall-ID: other-{n}\nMax-Forwards: 5\n"
            "From: <sip:y@{via}>;tag=9\nTo: <sip:y@{server}>\n"
        )
    ),
    "several lengths": Odd(text=_invite(method="OPTIONS", more="Content-Length: 139\n")),
    "an answer for everybody": Odd(
        text=_answer("200 OK", via="SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23")
    ),
    "no hop left": Odd(text=_invite(method="OPTIONS", headers={"Max-Forwards": "0"})),
    "a contact with a parameter": Odd(
        text=_invite(method="REGISTER", headers={"Contact": "sip:+1{n}@{via};unknownparam"})
    ),
    "a contact with an address parameter": Odd(
        text=_invite(method="REGISTER", headers={"Contact": "<sip:+1{n}@{via};unknownparam>"})
    ),
    "a contact with a header": Odd(
        text=_invite(
            method="REGISTER",
            headers={"Contact": "<sip:x@{via}?Route=%3Csip:sip.example.org%3E>"},
        )
    ),
    "an offer nobody can take": Odd(
        text=_invite(
            more="Accept: text/nobodyKnowsThis\n", headers=_WITH_SDP, body=SDP
        )
    ),
    "the syntax of before": Odd(
        text="INVITE sip:none@{server} SIP/2.0\nVia: SIP/2.0/UDP {via}\n"
        f"From: <sip:{MARK}@{{via}}>\nTo: sip:none@{{server}}\nRecord-Route: <sip:a.example.org>\n"
        "CSeq: 1 INVITE\nCall-ID: before-{n}\nContent-Type: application/sdp\n\n" + SDP
    ),
}  # fmt: skip

BEYOND: Final[dict[str, Odd]] = {
    "nothing but line ends": Odd(text="\n\n"),
    "rubbish": Odd(text="x", raw=lambda _: bytes(range(256)) * 4),
    "bytes that are not utf-8": Odd(
        text=_invite(headers={"From": f'"{NAME}" <sip:{MARK}@{{via}}>;tag=q'}),
        raw=lambda made: made.replace(NAME.encode(), b"\xff\xfe\x80"),
    ),
    "a nul": Odd(text=_invite(), raw=lambda made: made.replace(b"Max-Forwards", b"Max\0Forwards")),
    "only line feeds": Odd(text=_invite(), raw=lambda made: made.replace(b"\r\n", b"\n")),
    "a thousand headers": Odd(text=_invite(more="X: y\n" * 1_000)),
    "a thousand routes": Odd(text=_invite(more="Route: <sip:127.0.0.1;lr>\n" * 300)),
    "a deep display name": Odd(
        text=_invite(headers={"From": '"' + "\\\\" * 4_000 + '" <sip:a@b>'})
    ),
    "a large offer": Odd(text=_invite(headers=_WITH_SDP, body=SDP + "a=x:y\n" * 1_500)),
    "an offer of many streams": Odd(
        text=_invite(headers=_WITH_SDP, body=SDP + "m=audio 9 RTP/AVP 0\n" * 400)
    ),
    "an offer of rubbish": Odd(text=_invite(headers=_WITH_SDP, body="v=0\no=\ns\nc=IN IP4\nm=\n")),
    "a format string": Odd(text=_invite("sip:%s%n%s%n@{server}", more="Subject: %n%n%n%s\n")),
    "replaces": Odd(text=_invite(more="Replaces: x;to-tag=1;from-tag=2\nRefer-To: <sip:5090@x>\n")),
    "a transfer out of the blue": Odd(
        text=_invite(method="REFER", more="Refer-To: <sip:5090@{server}>\n")
    ),
    "a subscription": Odd(text=_invite(method="SUBSCRIBE", more="Event: presence\n")),
    "a publication": Odd(text=_invite(method="PUBLISH", more="Event: presence\n")),
    "an end of no call": Odd(text=_invite(method="BYE")),
    "a cancel of no call": Odd(text=_invite(method="CANCEL")),
    "an update of no call": Odd(text=_invite(method="UPDATE")),
    "news of nothing": Odd(text=_invite(method="NOTIFY", more="Event: refer\n")),
}


def messages() -> Iterator[tuple[str, Odd]]:
    """Every one by its name."""
    yield from VALID.items()
    yield from INVALID.items()
    yield from BEYOND.items()
