"""Who is calling and why: from a caller id (or a proven identity) to the agent's caller file.

A party proven in the phone menu wins over the number. One match is shown; of several, the first
is shown only when it leads clearly; a hint is shown as "maybe" and never linked by itself. Who has
only a likely other writing of the number comes after who has the number, and is said to be likely.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from crm_core.domain.caller import CallerFacts, CallerFile, Candidate, Found, MatchState
from crm_core.domain.party import Tier
from crm_core.domain.phone import Ani, AniKind, classify
from crm_core.services import reasons
from crm_core.services.ports import Callers

LISTED: Final = 20
MARGIN: Final = 3.0
"""By how much the first of several must lead to be shown at once."""
RECENT: Final = timedelta(days=30)

DIRECT, VERIFIED, QUEUE_CASE, OPEN_CASE, RECENT_CONTACT, OWNED, CLASS = (
    4.0,
    2.0,
    3.0,
    1.5,
    2.0,
    0.5,
    0.5,
)


class Lookup(Protocol):
    """The part of a unit of work that the lookup uses."""

    @property
    def callers(self) -> Callers:
        """The search."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """The present instant."""
        ...


async def look_up(
    work: Lookup,
    ani: str,
    *,
    region: str,
    queue: str | None = None,
    party_id: str | None = None,
) -> CallerFile:
    """Return the caller file for a call from ``ani`` over a trunk at home in ``region``.

    ``party_id`` is the party that proved its identity in the phone menu.
    """
    number, queue, now = classify(ani, region), queue or "", work.clock()
    if party_id is not None:
        facts = await work.callers.facts(party_id)
        if facts is not None:
            return _file(number, MatchState.ONE, facts, now=now, queue=queue, verified=True)
    if number.kind in {AniKind.ANONYMOUS, AniKind.INTERNAL} or not number.e164:
        return CallerFile(ani=number, state=MatchState.NONE)
    found = await work.callers.search(
        number, queue=queue, choose=lambda candidates: leader(ranked(candidates, now=now))
    )
    return _of(number, found, now=now, queue=queue)


def ranked(candidates: Sequence[Candidate], *, now: datetime) -> list[Candidate]:
    """Score candidates and sort them, likeliest first."""
    scored = [replace(candidate, score=score(candidate, now=now)) for candidate in candidates]
    return sorted(scored, key=lambda c: (-c.score, c.name, c.party_id))


def score(candidate: Candidate, *, now: datetime) -> float:
    """Return how likely this party is the one calling, compared with the others."""
    points = 0.0 if candidate.shared else DIRECT
    points += VERIFIED if candidate.verified else 0.0
    points += QUEUE_CASE if candidate.queue_cases else OPEN_CASE if candidate.open_cases else 0.0
    if candidate.last_contact is not None:
        age = max(now - candidate.last_contact, timedelta())
        points += RECENT_CONTACT * max(0.0, 1 - age / RECENT)
    points += OWNED if candidate.owned else 0.0
    points += CLASS if candidate.tier in {Tier.VIP, Tier.GOLD} else 0.0
    return round(points, 3)


def leader(candidates: Sequence[Candidate]) -> str | None:
    """Return the party to show at once: the only one, or one that leads by the margin."""
    if not candidates:
        return None
    if len(candidates) == 1 or candidates[0].score - candidates[1].score >= MARGIN:
        return candidates[0].party_id
    return None


def _of(number: Ani, found: Found, *, now: datetime, queue: str) -> CallerFile:
    candidates = ranked(found.candidates, now=now)[:LISTED]
    if found.facts is not None and len(candidates) == 1:
        only = MatchState.ONE if candidates[0].sure else MatchState.LIKELY
        file = _file(number, only, found.facts, now=now, queue=queue)
        return file if candidates[0].sure else replace(file, candidates=tuple(candidates))
    if found.facts is not None:
        file = _file(number, MatchState.MANY, found.facts, now=now, queue=queue)
        return replace(file, candidates=tuple(candidates))
    hints = ranked(found.hints, now=now)[:LISTED]
    certain = any(candidate.sure for candidate in candidates)
    maybe = MatchState.MAYBE if candidates or hints else MatchState.NONE
    state = MatchState.MANY if certain else maybe
    return CallerFile(
        ani=number,
        state=state,
        candidates=tuple(candidates or hints),
        contacts=tuple(found.earlier),
    )


def _file(
    number: Ani,
    state: MatchState,
    facts: CallerFacts,
    *,
    now: datetime,
    queue: str,
    verified: bool = False,
) -> CallerFile:
    alerts = reasons.alerts(facts, now=now)
    why = reasons.infer(facts, now=now, queue=queue)
    return CallerFile(
        ani=number,
        state=state,
        verified=verified,
        party=facts.party,
        alerts=alerts,
        reasons=why,
        cases=facts.cases,
        contacts=facts.contacts,
        orders=facts.orders,
        suggestions=reasons.suggestions(facts, why, now=now),
    )
