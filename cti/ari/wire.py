"""Text of the websocket to and from Asterisk: events and replies in, requests out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, quote_plus

import msgspec

from cti.ari.events import Event

EVENT: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Event)
_ENCODER: Final = msgspec.json.Encoder()


_PLAIN: Final = re.compile(r"[A-Za-z0-9._~/-]*").fullmatch
"""What needs no quoting anywhere in an address: all our ids, nearly all we send."""


class _Tag(msgspec.Struct):
    type: str = ""


class RestRequest(msgspec.Struct, omit_defaults=True, tag_field="type", tag="RESTRequest"):
    """One command, as Asterisk reads it from the websocket."""

    request_id: str
    method: str
    uri: str
    transaction_id: str = ""
    content_type: str = ""
    message_body: str = ""


_TAG: Final = msgspec.json.Decoder(_Tag)
_REQUEST: Final = msgspec.json.Decoder(RestRequest)


class MalformedEvent(ValueError):
    """An event that we do read came in a shape that we cannot."""


def decode(text: str | bytes) -> Event | None:
    """Return the event in ``text``; None for a kind that nobody here reads."""
    try:
        return EVENT.decode(text)
    except msgspec.ValidationError as error:
        kind = _TAG.decode(text).type
        if kind in READ:
            raise MalformedEvent(f"{kind}: {error}") from error
        return None


READ: Final = frozenset(kind.__name__ for kind in Event.__args__)
"""Names of the events that ``decode`` knows."""


def target(path: str, query: Mapping[str, str] | None) -> str:
    """Join a path of ARI, such as ``channels/1.2/answer``, and its query."""
    if not _PLAIN(path):
        path = quote(path, safe="/~:@")
    if not query:
        return path
    return f"{path}?{'&'.join(f'{name}={_quoted(value)}' for name, value in query.items())}"


def _quoted(value: str) -> str:
    return value if _PLAIN(value) else quote_plus(value)


def is_slow(method: str, path: str) -> bool:
    """Tell commands that keep Asterisk busy for milliseconds: ringing a phone, making one."""
    if method == "POST":
        return path.startswith("channels/") and path.count("/") == 1
    return path.startswith("asterisk/config/")


def may_be_long(method: str, path: str) -> bool:
    """Tell commands whose answer grows with the calls that there are, or with what a caller sent.

    Asterisk 22 keeps each message that it writes to a websocket on a stack of 240 kB: a longer
    one kills it, with every call. So nothing is read over a websocket but what is known to be
    short; and whatever is done to an application is answered with all that it owns.
    """
    if path.startswith("applications/"):
        return True
    return method == "GET" and not _SHORT(path)


_SHORT: Final = re.compile(
    r"asterisk/(ping|info)|channels/[^/]+/variable|playbacks/[^/]+"
).fullmatch
"""What may be read over a websocket. A channel itself is not among it: it tells its Call-ID."""


def encode_body(body: Mapping[str, Any] | None) -> bytes:
    """Return ``body`` as JSON; empty for none."""
    return b"" if body is None else _ENCODER.encode(body)


def encode_request(request_id: str, method: str, uri: str, body: bytes) -> bytes:
    """Return one command in Asterisk's shape."""
    request = RestRequest(request_id=request_id, method=method, uri=uri)
    if body:
        request.content_type, request.message_body = "application/json", body.decode()
    return _ENCODER.encode(request)


def decode_request(text: str | bytes) -> RestRequest:
    """Return the command in ``text``: what the fake Asterisk reads."""
    return _REQUEST.decode(text)


def body_of(text: str | bytes | None) -> Any:
    """Return the JSON of a reply's body; None when it has none."""
    return msgspec.json.decode(text) if text else None


def message_of(text: str | bytes | None) -> str:
    """Return why Asterisk refused, in its own words, from the body of its reply."""
    try:
        body = body_of(text)
    except msgspec.DecodeError:
        return ""
    return str(body.get("message") or body.get("error") or "") if isinstance(body, dict) else ""


def instant(timestamp: str) -> datetime:
    """Return an event's or a channel's time as aware UTC."""
    return datetime.fromisoformat(timestamp).astimezone(UTC)
