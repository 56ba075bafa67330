import io
import json
import logging
from collections.abc import Iterator

import pytest

from cti import logs
from cti.settings import LogFormat, Logs

pytestmark = pytest.mark.unit

log = logging.getLogger("cti.test")


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.NOISY}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


def written(settings: Logs) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(settings, stream=stream)
    return stream


def test_a_line_is_one_json_object() -> None:
    stream = written(Logs())

    log.info("effect failed", extra={"effect": "CallOffered", "call": "parley-1.1"})
    log.info("after")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["message"] == "effect failed"
    assert (first["level"], first["effect"]) == ("info", "CallOffered")
    assert (first["call"], "call" in second) == ("parley-1.1", False)


@pytest.mark.parametrize("shown", [False, True])
def test_a_traceback_is_one_field_with_the_errors_words_only_if_asked_for(*, shown: bool) -> None:
    stream = written(Logs(personal=shown))

    try:
        int("+1555x0001")
    except ValueError:
        log.exception("lookup failed")

    line = json.loads(stream.getvalue())
    assert "ValueError" in line["exception"]
    assert ("+1555x0001" in line["exception"].splitlines()[-1]) is shown


def test_text_is_for_people_and_says_the_same() -> None:
    stream = written(Logs(format=LogFormat.TEXT, level="warning"))

    log.info("unseen")
    log.warning("socket lost", extra={"retry": 3})

    (line,) = stream.getvalue().splitlines()
    assert "cti.test: socket lost retry=3" in line


def test_a_flood_of_one_message_is_cut_and_told_and_takes_nothing_from_the_others() -> None:
    seconds = [0.0]
    damper = logs.Damper(most=3, window=10, now=lambda: seconds[0])
    stream = written(Logs())
    logging.getLogger().handlers[0].filters[:] = [damper]

    for _ in range(1000):
        log.warning("broken request")
    log.error("a disk is full")
    seconds[0] = 10.0
    log.warning("broken request")

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [
        *["broken request"] * 3,
        "a disk is full",
        "broken request",
    ]
    assert lines[-1]["left_out"] == 997


def test_messages_made_up_by_strangers_fill_no_memory() -> None:
    damper = logs.Damper(most=1, window=10, now=lambda: 0.0)

    for number in range(10 * logs.MOST_KINDS):
        damper.filter(logging.makeLogRecord({"msg": f"{number}" * 1000}))

    assert len(damper._kinds) <= logs.MOST_KINDS
