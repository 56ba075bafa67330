"""Requests as strangers and broken programs write them; what is right for each is a 4xx or less."""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any, Final

HOST: Final = b"Host: localhost\r\n"
JSON: Final = b"Content-Type: application/json\r\n"
LATEST: Final = "9999-12-31T23:59:59.999999+00:00"

_PATHS: Final = {
    "nul": b"/%00",
    "nul in a file": b"/assets/a%00.js",
    "nul in an id": b"/api/parties/%00",
    "nul in a document": b"/api/docs/%00",
    "an overlong name": b"/" + b"a" * 300,
    "an overlong path": b"/" + b"a/" * 2_600,
    "a path beyond the limit": b"/" + b"a" * 20_000,
    "dots": b"/../../../../etc/passwd",
    "encoded dots": b"/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "backslashes": b"/..%5c..%5c..%5cetc",
    "not utf-8": b"/%ff%fe",
    "raw bytes": b"/\xff\xfe",
    "overlong utf-8": b"/%c0%ae%c0%ae/",
    "a surrogate": b"/%ed%a0%80",
    "a broken escape": b"/%zz%",
    "a double slash": b"//evil.example/",
    "only a query": b"/?",
    "a fragment": b"/#x",
    "an absolute address": b"http://localhost/api/health",
    "a strange absolute address": b"http://[/",
    "an absolute address without a host": b"http:///api/health",
    "a strange port": b"http://localhost:99999/",
    "a star": b"*",
    "no slash": b"api/health",
    "an authority": b"localhost:80",
    "a space": b"/a b",
    "a query that is not utf-8": b"/api/demo/callers?q=%ff%fe",
    "a query with nul": b"/api/demo/callers?q=%00",
    "a query with a surrogate": b"/api/demo/callers?q=%ed%a0%80",
    "a query with many fields": b"/api/demo/callers?" + b"&".join(b"a=1" for _ in range(1_500)),
    "the same field twice": b"/api/demo/callers?q=a&q=b",
}
_HEADERS: Final = {
    "an origin that is cut": b"Origin: http://[\r\n",
    "an origin of null": b"Origin: null\r\n",
    "an origin that is not utf-8": b"Origin: http://\xff\xfe\r\n",
    "an origin with a strange port": b"Origin: http://localhost:99999999\r\n",
    "a cookie that is not utf-8": b"Cookie: parley_session=\xff\xfe\r\n",
    "a cookie of quotes": b'Cookie: parley_session="\\377\\400"; a="\r\n',
    "a cookie of letters": "Cookie: parley_session=\u06f1\u9a6c\r\n".encode(),
    "a caller's cookie that is not utf-8": b"Cookie: parley_caller=\xff\r\n",
    "a huge cookie": b"Cookie: parley_session=" + b"a" * 8_000 + b"\r\n",
    "a thousand cookies": b"Cookie: " + b"; ".join(b"a%d=1" % n for n in range(700)) + b"\r\n",
    "a token that is not utf-8": b"X-CSRF-Token: \xff\r\nAuthorization: Bearer \xff\r\n",
    "forwarded rubbish": b"X-Forwarded-For: \xff, [, ::::, 1.2.3.4.5\r\n",
    "a forwarded protocol of rubbish": b"X-Forwarded-Proto: \xff\r\n",
    "ranges": b"Range: bytes=9999999999999999999999-1,-\r\n",
    "a date of rubbish": b"If-Modified-Since: \xff\r\nIf-Range: Thu, 99 Foo\r\n",
    "a tag of rubbish": b'If-None-Match: "\r\nIf-Match: ,,,\r\n',
    "an expectation": b"Expect: the unexpected\r\n",
    "an encoding of rubbish": b"Accept-Encoding: \xff;q=x\r\n",
    "an upgrade": b"Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n",
    "half a websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    "a websocket of another time": (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n"
        b"Sec-WebSocket-Key: x\r\n"
    ),
    "a second host": b"Host: evil.example\r\n",
    "a nul": b"X-A: \x00\r\n",
    "a bare return": b"X-A: a\rb\r\n",
    "a folded line": b"X-A: a\r\n b\r\n",
    "no colon": b"X-A\r\n",
    "an empty name": b": a\r\n",
    "a name with a space": b"X A: a\r\n",
    "many headers": b"".join(b"X-%d: a\r\n" % number for number in range(500)),
    "a huge header": b"X-A: " + b"a" * 100_000 + b"\r\n",
}
_BODIES: Final = {
    "nothing": b"",
    "nul bytes": b"\x00" * 10,
    "a number": b"1",
    "not a number": b'{"user": NaN, "password": Infinity}',
    "a huge number": b'{"user": ' + b"9" * 5_000 + b', "password": 1e999}',
    "a big number": b'{"version": 99999999999999999999999999, "name": "x"}',
    "a key twice": b'{"user": "ana", "user": "ben", "password": "x"}',
    "half a surrogate": b'{"user": "\\ud800", "password": "\\udc00x"}',
    "raw surrogates": b'{"user": "\xed\xa0\x80", "password": "x"}',
    "nul in a name": b'{"user": "a\\u0000b", "password": "\\u0000"}',
    "depth": b'{"user":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "open depth": b'{"user":' * 20_000,
    "utf-16": '{"user": "ana", "password": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"user": "ana", "password": "x"}',
    "a long name": json.dumps({"user": "a" * 100_000, "password": "x"}).encode(),
    "odd types": b'{"user": {"$ne": null}, "password": ["x"]}',
    "a prototype": b'{"__proto__": {"admin": true}, "user": "ana", "password": "x"}',
    "a letter that grows": '{"user": "\u0130\ufb03\u00df", "password": "x"}'.encode(),
}


def requests() -> Iterator[tuple[str, bytes]]:
    """Each by its name."""
    for name, path in _PATHS.items():
        yield f"path: {name}", b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    for name, header in _HEADERS.items():
        for method, path in ((b"GET", b"/api/session"), (b"GET", b"/"), (b"GET", b"/ws")):
            start = method + b" " + path + b" HTTP/1.1\r\n"
            yield f"header: {name}, {path.decode()}", start + HOST + header + b"\r\n"
        yield f"header: {name}, POST", _post(b"{}", header)
    for name, body in _BODIES.items():
        yield f"body: {name}", _post(body)
    yield from _encoded()
    yield from _framing()


def _post(body: bytes, more: bytes = b"", kind: bytes = JSON) -> bytes:
    size = b"Content-Length: %d\r\n" % len(body)
    return b"POST /api/session HTTP/1.1\r\n" + HOST + kind + more + size + b"\r\n" + body


def _encoded() -> Iterator[tuple[str, bytes]]:
    good = b'{"user": "ana", "password": "wrong"}'
    bomb = gzip.compress(b" " * 30_000_000)
    for name, encoding, body in (
        ("gzip", b"gzip", gzip.compress(good)),
        ("broken gzip", b"gzip", b"\x1f\x8b\x08broken"),
        ("half of a gzip", b"gzip", gzip.compress(good)[:20]),
        ("no gzip", b"gzip", good),
        ("a gzip bomb", b"gzip", bomb),
        ("deflate of rubbish", b"deflate", b"\xff\xff\xff"),
        ("deflate", b"deflate", zlib.compress(good)),
        ("brotli of rubbish", b"br", b"\xff\xff"),
        ("zstd of rubbish", b"zstd", b"\xff\xff"),
        ("an unknown encoding", b"klingon", good),
        ("two encodings", b"gzip, gzip", gzip.compress(gzip.compress(good))),
    ):
        yield f"encoding: {name}", _post(body, b"Content-Encoding: " + encoding + b"\r\n")
    for kind in (
        b"text/plain", b"application/xml", b"application/json; charset=klingon",
        b"application/json; charset=utf-16", b"application/json; charset=\xff", b"application",
        b"multipart/form-data", b"application/x-www-form-urlencoded", b"\xff", b"",
    ):  # fmt: skip
        yield f"type: {kind!r}", _post(good, kind=b"Content-Type: " + kind + b"\r\n")


def _framing() -> Iterator[tuple[str, bytes]]:
    post = b"POST /api/session HTTP/1.1\r\n" + HOST + JSON
    chunked = b"Transfer-Encoding: chunked\r\n"
    for name, raw in (
        ("both lengths", post + chunked + b"Content-Length: 2\r\n\r\n0\r\n\r\n"),
        ("two lengths", post + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        ("a negative length", post + b"Content-Length: -2\r\n\r\n{}"),
        ("a length with a sign", post + b"Content-Length: +2\r\n\r\n{}"),
        ("a length of letters", post + b"Content-Length: two\r\n\r\n{}"),
        ("a huge length", post + b"Content-Length: 99999999999999999999999\r\n\r\n{}"),
        ("a large length", post + b"Content-Length: 9999999\r\n\r\n{}"),
        ("chunks of rubbish", post + chunked + b"\r\nzz\r\n{}\r\n0\r\n\r\n"),
        ("a chunk cut short", post + chunked + b"\r\n2\r\n{}xx\r\n0\r\n\r\n"),
        ("a huge chunk", post + chunked + b"\r\nffffffffffffffffff\r\n{}"),
        ("chunk extensions", post + chunked + b"\r\n2;" + b"a" * 9_000 + b"\r\n{}\r\n0\r\n\r\n"),
        ("trailers", post + chunked + b"\r\n2\r\n{}\r\n0\r\nHost: evil.example\r\n\r\n"),
        ("an odd coding", post + b"Transfer-Encoding: identity, xchunked\r\n\r\n{}"),
        ("a coding after chunks", post + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        ("a coding twice", post + chunked + chunked + b"\r\n0\r\n\r\n"),
        ("a hidden coding", post + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ("no host", b"GET / HTTP/1.1\r\n\r\n"),
        ("an old version", b"GET / HTTP/1.0\r\n\r\n"),
        ("no version", b"GET /\r\n\r\n"),
        ("version two", b"GET / HTTP/2.0\r\n" + HOST + b"\r\n"),
        ("a preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("a strange version", b"GET / HTTP/1.x\r\n" + HOST + b"\r\n"),
        ("a strange method", b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("a method of signs", b"G@T / HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("trace", b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("connect", b"CONNECT localhost:22 HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("options of all", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("put on a file", b"PUT / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n"),
        ("delete on a route", b"DELETE /api/health HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("head", b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("tls", bytes.fromhex("16030100c8010000c40303") + b"\x00" * 100),
        ("sip", b"OPTIONS sip:x@localhost SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n"),
        ("empty lines", b"\r\n" * 50 + b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"),
        ("bare line feeds", b"GET / HTTP/1.1\nHost: localhost\n\n"),
        ("rubbish", bytes(range(256))),
        ("a smuggled request", post + chunked + b"Content-Length: 5\r\n\r\n0\r\n\r\nGET /x"),
    ):
        yield f"framing: {name}", raw


EDGES_OF_TIME: Final = (
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59.999999-23:59",
    LATEST,
    "2026-02-30T00:00:00+00:00",
    "99999-01-01T00:00:00+00:00",
    "now",
    "",
)

_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_ODD_TEXTS: Final = ("\u0000", "%00", "a" * 101, "\u202e", "%ED%A0%80", "'; --", "%25" * 30)
_ODD_BODIES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"name": None, "version": None},
    {"name": "a\u0000b", "text": "a\u0000b", "phone": "\u0000", "language": "x"},
    {"name": "a", "phone": "9" * 64, "email": "@@"},
    {"name": "a", "phone": "+" * 64, "city": "\u0000"},
    {"version": 10**30, "name": "a"},
    {"version": -1, "due_at": LATEST},
    {"party_id": _NOBODY, "subject": "a", "due_at": "0001-01-01T00:00:00+23:59"},
    {"party_id": _NOBODY, "subject": "a", "due_at": 1e300},
    {"party_id": _NOBODY, "subject": "a", "due_at": LATEST},
    {"party_id": "x", "subject": ["a"] * 1_000},
    {"disposition": "information", "follow_up": "callback", "due_at": LATEST},
    {"number": "\u0000"},
    {"number": "9" * 64},
    {"q": {"a": [[[[[[]]]]]]}},
)
_READ: Final = (
    "/api/parties?q={}",
    "/api/parties?q=a&after={}",
    "/api/parties?q=a&limit={}",
    "/api/parties/{}",
    "/api/parties/" + _NOBODY + "/timeline?before={}",
    "/api/calls/{}",
    "/api/calls/{}/why",
    "/api/demo/callers?q={}",
    "/api/docs/{}",
)
_WRITE: Final = (
    ("POST", "/api/parties"),
    ("PATCH", f"/api/parties/{_NOBODY}"),
    ("POST", "/api/cases"),
    ("PATCH", f"/api/cases/{_NOBODY}"),
    ("PUT", "/api/calls/x/note"),
    ("POST", "/api/calls/x/party"),
    ("POST", "/api/calls/x/wrap-up"),
    ("PUT", "/api/me/preferences"),
    ("POST", "/api/demo/caller"),
)
ROUTES: Final = (
    *(("GET", path.format(text), None) for path in _READ for text in _ODD_TEXTS),
    *((method, path, body) for method, path in _WRITE for body in _ODD_BODIES),
)
"""Method, path and body of what somebody signed in may ask."""

FRAMES: Final[dict[str, str | bytes]] = {
    "deep": "[" * 15_000,
    "deep in a field": '{"type":"go_ready","id":7,"x":' + "[" * 15_000,
    "a huge id": '{"type":"go_ready","id":99999999999999999999}',
    "an endless id": '{"type":"go_ready","id":' + "9" * 9_000 + "}",
    "a negative id": '{"type":"go_ready","id":-1}',
    "an id of another type": '{"type":"go_ready","id":true}',
    "no number": '{"type":"go_ready","id":NaN}',
    "half a surrogate": '{"type":"go_ready","id":7,"until":"\\ud800"}',
    "the edge of time": '{"type":"go_not_ready","id":7,"reason":"x","until":"0001-01-01T00:00Z"}',
    "bytes": b"\x00\xff",
    "nothing": "",
    "no type": "{}",
    "a second hello": '{"type":"hello","csrf":"","epoch":"","seqs":{}}',
}
"""What a page may not say on its websocket."""
