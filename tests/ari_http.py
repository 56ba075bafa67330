"""The few ARI requests that tests of telephony need, in plain HTTP: no daemon takes part."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from telephony_config.render import Runtime


class AriHttp:
    """Requests with the instance's own credentials."""

    def __init__(self, session: aiohttp.ClientSession, runtime: Runtime) -> None:
        self.session, self.runtime = session, runtime

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        url = f"{self.runtime.ari_url}/{path}"
        async with self.session.request(method, url, params=query, json=body) as reply:
            assert reply.status < 300, (reply.status, await reply.text())
            return await reply.json() if reply.status == 200 else None

    async def push_phone(
        self, name: str, *, context: str = "from-demo", contact: str = "", **fields: str
    ) -> None:
        """Make an endpoint that is known by its user name alone."""
        aor = {"contact": contact} if contact else {"max_contacts": "1"}
        await self._push("aor", name, aor)
        plain = {
            "context": context, "aors": name, "disallow": "all", "allow": "ulaw",
            "direct_media": "no", "transport": "transport-udp",
        }  # fmt: skip
        await self._push("endpoint", name, plain | fields)

    async def _push(self, kind: str, name: str, fields: Mapping[str, str]) -> None:
        body = {"fields": [{"attribute": key, "value": value} for key, value in fields.items()]}
        await self.ask("PUT", f"asterisk/config/dynamic/res_pjsip/{kind}/{name}", body)


@asynccontextmanager
async def ari_http(runtime: Runtime) -> AsyncIterator[AriHttp]:
    pair = aiohttp.encode_basic_auth(runtime.ari_user, runtime.ari_password)
    async with aiohttp.ClientSession(headers={"Authorization": pair}) as session:
        yield AriHttp(session, runtime)
