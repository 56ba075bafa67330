"""What the floor shows of an agent, asked by who must not end her call."""

from typing import Final

from agent_desktop.server.hub import Hub

_FREE: Final = frozenset({"", "logged_out", "not_ready", "ready"})


def state_of(hub: Hub, user: str) -> str:
    """The agent's state; "" for who is not on the floor."""
    me = hub.current(f"agent:{user}", "me")
    return "" if me is None else str(me.state)


def is_busy(hub: Hub, user: str) -> bool:
    """Whether a call rings at her, goes on or is being wrapped up."""
    return state_of(hub, user) not in _FREE
