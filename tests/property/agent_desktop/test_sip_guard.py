"""Whatever passes is one message of one's own phone, however generously it is read."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.server.sip_guard import METHODS, SipGuard
from tests.fakes.sip_frames import BODY, PROOF, request, response

pytestmark = pytest.mark.property

ANA = frozenset({"agent-ana"})
CONTACT = "r4nd0m"
SHORT = {"f": "from", "t": "to", "i": "call-id", "l": "content-length", "m": "contact"}
END = rb"(?:\r\n|\n|\r(?!\n))"


@dataclass(frozen=True)
class Read:
    """One message, as a parser reads it that understands all it can."""

    start: str
    headers: list[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def generous(data: bytes) -> list[Read]:
    """Read a stream as PJSIP does, and further: any line end, short names, folds, odd spaces."""
    found: list[Read] = []
    while data := data.lstrip(b"\r\n"):
        ends = [at.end() for at in re.finditer(END + END, data)]
        end = ends[0] if ends else len(data)
        head = re.sub(END + rb"[ \t]+", b" ", data[:end])
        start, *lines = [each.decode("utf-8", "replace") for each in re.split(END, head) if each]
        headers = []
        for line in lines:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            headers.append((SHORT.get(key, key), value.strip()))
        found.append(Read(start.strip(), headers))
        lengths = [value for name, value in headers if name == "content-length"]
        digits = re.match(r"\d+", lengths[0]) if lengths else None
        data = data[end + (int(digits[0]) if digits else 0) :]
    return found


def users_in(text: str) -> list[str]:
    """Every name that somebody could take for the address's user, quotes or no quotes."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    return re.findall(r"(?:sips?|tel):([^@;>:\s]+)[@;>:]", bare, re.IGNORECASE)


PIECES = [
    request(),
    request(Authorization=PROOF),
    request("INVITE", To="<sip:5001@x>", body=BODY, Content_Type="application/sdp"),
    request("BYE", From=f"<sip:{CONTACT}@x.invalid>;tag=1", To="<sip:1@x>;tag=2"),
    request(From="<sip:agent-ben@x>;tag=1", To="<sip:agent-ben@x>"),
    request("MESSAGE"),
    response(),
]
LINES = [
    "From: <sip:agent-ben@x>;tag=1",
    "f: <sip:agent-ben@x>;tag=1",
    "To: <sip:agent-ben@x>;tag=1",
    'Authorization: Digest username = "agent-ben"',
    'Authorization: Digest username="agent-ben"',
    "Content-Length: 0",
    "l: 7",
    "CSeq: 1 MESSAGE",
    "REFER sip:x SIP/2.0",
    "Refer-To: <sip:1@x>",
    " ;folded=1",
    "",
]
SNIPPETS = ["\r\n", "\r", "\n", "\0", "\t", '"', "\\", "<", ">", ",", ";tag=1", "agent-ben", "%2d"]


@st.composite
def frames(draw: st.DrawFn) -> str:
    """A message, damaged or embellished in a few places, perhaps with another behind it."""
    frame = draw(st.sampled_from(PIECES))
    for _ in range(draw(st.integers(0, 4))):
        lines = frame.split("\r\n")
        at = draw(st.integers(0, len(lines)))
        match draw(st.integers(0, 5)):
            case 0:
                lines.insert(at, draw(st.sampled_from(LINES)))
                frame = "\r\n".join(lines)
            case 1:
                frame = "\r\n".join(lines[:at] + lines[at + 1 :])
            case 2:
                frame += draw(st.sampled_from(PIECES))
            case 3:
                place = draw(st.integers(0, len(frame)))
                frame = frame[:place] + draw(st.sampled_from(SNIPPETS)) + frame[place:]
            case 4:
                frame = frame.replace("\r\n", draw(st.sampled_from(["\n", "\r", "\n\r"])), at)
            case _:
                place = draw(st.integers(0, len(frame)))
                frame = frame[:place] + draw(st.text(max_size=3)) + frame[place + 1 :]
    return frame


@given(frames())
@settings(max_examples=400, deadline=None)
@example(request() + PIECES[4])
def test_whatever_passes_is_one_message_of_ones_own_phone(frame: str) -> None:
    guard = SipGuard(ANA)
    assert guard.complaint(request()) == ""
    if guard.complaint(frame) != "" or not frame.strip("\r\n"):
        return
    (read,) = generous(frame.encode())
    for name in ("from", "to", "call-id", "cseq", "content-length"):
        assert len(read.all(name)) == 1
    assert not {name for name, _ in read.headers} & {"refer-to", "replaces", "route"}
    if read.start.startswith("SIP/2.0"):
        assert not read.start.startswith("SIP/2.0 3")
        return
    method = read.start.split()[0]
    assert method in METHODS
    assert read.all("cseq")[0].split()[1] == method
    (sender,) = users_in(read.all("from")[0])
    in_dialog = re.search(r";\s*tag", read.all("to")[0], re.IGNORECASE)
    assert sender == "agent-ana" or (in_dialog and sender in {CONTACT, "agent-ana"})
    for proof in read.all("authorization") + read.all("proxy-authorization"):
        assert re.findall(r'username\s*=\s*"?([^",]*)', proof, re.IGNORECASE) == ["agent-ana"]
    if method == "REGISTER":
        assert not in_dialog
        assert users_in(read.all("to")[0]) == ["agent-ana"]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused_or_passed_without_a_fault(data: bytes) -> None:
    SipGuard(ANA).complaint(data.decode("utf-8", "replace"))
