from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.domain.errors import NotFound
from crm_core.domain.ids import interaction_id
from crm_core.domain.interaction import Interaction, Segment
from crm_core.domain.party import Party
from crm_core.storage.database import Database
from tests.integration.crm_core.conftest import NOON

pytestmark = pytest.mark.integration

CALL = "parley-1763784000.12"
SECOND = timedelta(seconds=1)


async def test_a_call_written_many_times_is_one_record_that_only_gains(
    database: Database,
) -> None:
    arrived = Interaction(external_id=CALL, ani="+12025550143", dnis="100", started_at=NOON)
    queued = replace(arrived, queue="support", queued_at=NOON + SECOND)
    answered = replace(
        arrived,
        agent_id="ana",
        answered_at=NOON + 5 * SECOND,
        decisions=({"offer": "1", "chosen": "ana"},),
        segments=(Segment(seq=1, agent_id="ben", outcome="rona"), Segment(seq=2, agent_id="ana")),
    )
    ended = replace(
        arrived,
        ended_at=NOON + 60 * SECOND,
        outcome="completed",
        segments=(Segment(seq=2, agent_id="ana", outcome="answered", talked=55 * SECOND),),
    )
    for known in (arrived, queued, answered, ended, arrived, answered):
        async with database.work() as work:
            await work.interactions.record(known)
            await work.commit()

    async with database.work() as work:
        stored = await work.interactions.of_call(CALL)
        assert await work.interactions.unfinished() == []
    assert stored is not None
    assert stored.id == interaction_id(CALL, NOON)
    assert (stored.queue, stored.agent_id, stored.outcome) == ("support", "ana", "completed")
    assert stored.ended_at == NOON + 60 * SECOND
    assert stored.decisions == ({"offer": "1", "chosen": "ana"},)
    assert [(s.seq, s.agent_id, s.outcome) for s in stored.segments] == [
        (1, "ben", "rona"),
        (2, "ana", "answered"),
    ]
    assert stored.segments[1].talked == 55 * SECOND


async def test_a_finished_call_is_on_the_timeline_of_its_party_once(database: Database) -> None:
    async with database.work() as work:
        wrong = await work.parties.add(Party(display_name="Wrong"))
        right = await work.parties.add(Party(display_name="Right"))
        call = Interaction(external_id=CALL, started_at=NOON, party_id=wrong.id)
        await work.interactions.record(call)
        await work.commit()
        assert await work.timeline.page(wrong.id) == [], "not finished yet"

        for _ in range(2):
            await work.interactions.record(replace(call, ended_at=NOON, note="Hello"))
        await work.interactions.amend(CALL, party_id=right.id)
        await work.commit()

        assert await work.timeline.page(wrong.id) == []
        (event,) = await work.timeline.page(right.id)
    assert (event.kind, event.summary, event.occurred_at) == ("interaction", "Hello", NOON)


async def test_amending_an_unknown_call_is_refused(database: Database) -> None:
    async with database.work() as work:
        await work.interactions.amend(CALL, note="Hello")
        with pytest.raises(NotFound, match=CALL):
            await work.commit()


async def test_unfinished_records_are_listed_for_the_check_after_a_restart(
    database: Database,
) -> None:
    async with database.work() as work:
        await work.interactions.record(
            Interaction(external_id="a", started_at=NOON),
            Interaction(external_id="b", started_at=NOON, ended_at=NOON),
        )
        await work.commit()
        assert [call.external_id for call in await work.interactions.unfinished()] == ["a"]


async def test_what_an_agent_had_today_comes_in_one_query_latest_first(
    database: Database,
) -> None:
    async with database.work() as work:
        party = await work.parties.add(Party(display_name="Grace Holloway"))
        for hour in range(4):
            at = NOON + timedelta(hours=hour)
            answered = None if hour == 2 else at
            await work.interactions.record(
                Interaction(
                    external_id=f"c{hour}",
                    started_at=at,
                    party_id=party.id if hour == 3 else None,
                    disposition="resolved",
                    segments=(Segment(seq=1, agent_id="ana", offered_at=at, answered_at=answered),),
                )
            )
        await work.commit()

    with database.counting() as statements:
        async with database.work() as work:
            rows = await work.interactions.handled_by("ana", since=NOON + timedelta(minutes=30))

    assert len(statements) == 1
    assert [(row.external_id, row.party_name) for row in rows] == [
        ("c3", "Grace Holloway"),
        ("c1", ""),
    ]


async def test_contacts_of_a_party_come_in_pages(database: Database) -> None:
    async with database.work() as work:
        party = await work.parties.add(Party(display_name="Grace"))
        await work.interactions.record(
            *(
                Interaction(
                    external_id=f"c{day}",
                    party_id=party.id,
                    started_at=NOON + timedelta(days=day),
                    ended_at=NOON + timedelta(days=day),
                )
                for day in range(5)
            )
        )
        await work.commit()

        first = await work.interactions.of_party(party.id, limit=2)
        rest = await work.interactions.of_party(party.id, before=first[-1].started_at, limit=9)
        pages = await work.timeline.page(party.id, limit=3)
        more = await work.timeline.page(
            party.id, before=(pages[-1].occurred_at, pages[-1].id), limit=9
        )
    assert [c.external_id for c in [*first, *rest]] == ["c4", "c3", "c2", "c1", "c0"]
    assert len({event.id for event in [*pages, *more]}) == 5
    assert [e.occurred_at for e in [*pages, *more]] == sorted(
        (e.occurred_at for e in [*pages, *more]), reverse=True
    )
