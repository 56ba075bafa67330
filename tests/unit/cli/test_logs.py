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
