"""Opening sockets to Asterisk: the HTTP session, and a websocket for one application."""

import base64
from typing import Final

import aiohttp

from cti.ari.errors import Disconnected, Refused, TelephonyError
from cti.ari.settings import AriSettings

MESSAGE_LIMIT: Final = 16 * 1024 * 1024
HTTP_CONNECTIONS: Final = 16


def authorization(user: str, password: str) -> str:
    """Return the header's value; credentials never go into a URL, where logs would keep them."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def open_session(settings: AriSettings) -> aiohttp.ClientSession:
    """Return a session with room for all our sockets."""
    limit = HTTP_CONNECTIONS + settings.lanes + 2
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limit))


def headers(settings: AriSettings) -> dict[str, str]:
    """Return what every request carries."""
    return {"Authorization": authorization(settings.user, settings.password)}


def address(settings: AriSettings, path: str) -> str:
    """Return the full address of a path below ``/ari/``."""
    base = settings.url.rstrip("/").removesuffix("/ari")
    return f"{base}/ari/{path}"


async def dial(
    session: aiohttp.ClientSession, settings: AriSettings, app: str
) -> aiohttp.ClientWebSocketResponse:
    """Open the websocket that serves ``app``; from now on it is registered in Asterisk."""
    seconds = settings.connect_timeout.total_seconds()
    try:
        return await session.ws_connect(
            address(settings, "events"),
            headers=headers(settings),
            params={"app": app, "subscribeAll": "false"},
            heartbeat=settings.ping_every.total_seconds(),
            timeout=aiohttp.ClientWSTimeout(ws_close=seconds),
            max_msg_size=MESSAGE_LIMIT,
            compress=0,
        )
    except aiohttp.WSServerHandshakeError as error:
        raise _explain(error.status) from error
    except (aiohttp.ClientError, OSError) as error:
        raise Disconnected(
            f"Asterisk's HTTP server does not answer: {type(error).__name__}"
        ) from error


def _explain(status: int) -> TelephonyError:
    match status:
        case 401:
            return Refused("ARI refused our user or password; see ari.conf", status=status)
        case 404:
            return Refused("no ARI here; is res_ari loaded and http.conf enabled?", status=status)
        case 503:
            return Disconnected("Asterisk is starting, or sessionlimit in http.conf is reached")
        case _:
            return Refused("ARI refused the websocket", status=status)
