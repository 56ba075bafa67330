"""What JsSIP writes into a frame, for tests of what may pass."""

BODY = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
PROOF = 'Digest algorithm=MD5, username="agent-ana", realm="parley", nonce="1/a", uri="sip:x"'


def request(method: str = "REGISTER", *, body: str = "", **headers: str) -> str:
    """A request of ana's phone, with some headers replaced; an empty one is left out."""
    told = {
        "Via": "SIP/2.0/WSS x1y2z3.invalid;branch=z9hG4bK1",
        "Max-Forwards": "69",
        "To": "<sip:agent-ana@parley.invalid>",
        "From": '"Ana \\"Zoë\\"" <sip:agent-ana@parley.invalid>;tag=1',
        "Call-ID": "q1w2e3r4",
        "CSeq": f"81 {method}",
        "Contact": "<sip:r4nd0m@x1y2z3.invalid;transport=ws>;+sip.ice;reg-id=1"
        ';+sip.instance="<urn:uuid:1>";expires=120',
        "Allow": "INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY",
        "Supported": "path,gruu,outbound",
        "User-Agent": "JsSIP 3",
        "Content-Length": str(len(body.encode())),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{method} sip:parley.invalid SIP/2.0"]
    lines += [f"{name}: {value}" for name, value in told.items() if value]
    return "\r\n".join([*lines, "", body])


def response(status: str = "180 Ringing", *, body: str = "", **headers: str) -> str:
    """An answer to somebody who rings ana's phone."""
    told = request("INVITE", body=body, **headers).partition("\r\n")[2]
    return f"SIP/2.0 {status}\r\n{told}"
