"""Typed ids. A call's id is its caller's channel id, so that a replay names the same call."""

from typing import NewType

AgentId = NewType("AgentId", str)
"""The user's short, stable name, such as ``ana``."""

CallId = NewType("CallId", str)
"""The caller's channel id as Asterisk gave it; unique across restarts."""

OfferId = NewType("OfferId", str)
"""``<call>~<n>``: the n-th offer of this call, 0 if Asterisk rang her on the floor's word."""

QueueId = NewType("QueueId", str)
SkillId = NewType("SkillId", str)
