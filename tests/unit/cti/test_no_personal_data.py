"""Whatever happens to a call, the log names no number and no person."""

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from acd.ids import CallId
from cti.ari.errors import TimedOut
from tests.fakes.asterisk import PhoneManner
from tests.fakes.house import house
from tests.unit.cti.people_who_call import GRACE, add_grace

pytestmark = pytest.mark.unit


def all_of(caplog: pytest.LogCaptureFixture) -> str:
    """Messages, fields and tracebacks; asyncio's own debug lines are not ours."""
    ours = [record for record in caplog.records if record.name.startswith("cti")]
    return caplog.text + "".join(str(vars(record)) for record in ours)


async def test_a_day_full_of_faults_names_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")
    caplog.set_level(logging.INFO, "cti")
    async with house(tmp_path) as place:
        await add_grace(place.database)
        await place.sign_in("ana", PhoneManner.RINGS)
        for pattern in ("continue", "POST channels$", "answer", "variable", "moh"):
            place.asterisk.fail(pattern, status=500)
            place.asterisk.fail(pattern, error=TimedOut)
            caller = CallId(place.asterisk.caller_rings(GRACE, name="Grace Holloway"))
            await place.settle()
            for leg in place.asterisk.ringing():
                place.asterisk.answer(leg)
            await place.settle()
            place.asterisk.hang_up(caller)
            await place.settle()
            await place.go_ready("ana")
        place.asterisk.restart()
        await place.asterisk.come_back()
        await place.record(caller)
    told = all_of(caplog)
    assert "effect failed" in told
    assert GRACE not in told
    assert GRACE[1:] not in told
    assert "Grace" not in told


async def test_errors_of_the_database_hide_what_was_asked(tmp_path: Path) -> None:
    def ask(engine: Engine) -> None:
        with engine.connect() as connection:
            connection.execute(text("select :n from nowhere"), {"n": GRACE})

    async with house(tmp_path) as place:
        store = place.database._store
        assert store is not None
        for engine in store.engines:
            with pytest.raises(OperationalError) as caught:
                await asyncio.to_thread(ask, engine)
            assert GRACE not in str(caught.value)
