"""Tells pages that something has changed which they read over REST."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from agent_desktop.server.hub import Hub
from agent_desktop.server.protocol import News

PARTIES_KEPT: Final = 200
"""A page that comes back after more changes than these reads its customer again anyway."""


def tell_work(hub: Hub, agents: Iterable[str], now: datetime) -> None:
    """Tell these agents' pages that what waits for them has changed."""
    for agent in agents:
        hub.put(f"agent:{agent}", "work", News(changed_at=now))


def tell_party(hub: Hub, party_id: str | None, now: datetime) -> None:
    """Tell the pages that show this party that something of it has changed."""
    if party_id is None:
        return
    hub.put("parties", party_id, News(changed_at=now))
    known = hub.values("parties")
    if len(known) > PARTIES_KEPT:
        hub.drop("parties", min(known, key=lambda key: known[key].changed_at))
