import pytest

from cti.metrics import MOST_SERIES, Registry, TooManySeries

pytestmark = pytest.mark.unit


def test_figures_are_shown_in_the_text_format() -> None:
    figures = Registry()
    calls = figures.counter("parley_calls_total", "Calls that ended", "how")
    waiting = figures.gauge("parley_waiting", "Callers waiting")
    figures.gauge("parley_sockets", "Desktops connected", read=lambda: 4)
    pop = figures.histogram("parley_pop_seconds", "Until the pop was sent")

    calls.add(how="completed")
    calls.add(2, how='odd "one"\n')
    waiting.set(7)
    waiting.set(3)
    pop.observe(0.003)
    pop.observe(99)

    text = figures.text()
    assert "# HELP parley_calls_total Calls that ended\n# TYPE parley_calls_total counter" in text
    assert 'parley_calls_total{how="completed"} 1\n' in text
    assert 'parley_calls_total{how="odd \\"one\\"\\n"} 2\n' in text
    assert "parley_waiting 3\n" in text
    assert "parley_sockets 4\n" in text
    assert 'parley_pop_seconds_bucket{le="0.0025"} 0\n' in text
    assert 'parley_pop_seconds_bucket{le="0.005"} 1\n' in text
    assert 'parley_pop_seconds_bucket{le="+Inf"} 2\n' in text
    assert "parley_pop_seconds_sum 99.003\nparley_pop_seconds_count 2\n" in text


def test_a_counter_without_labels_begins_at_zero() -> None:
    figures = Registry()
    figures.counter("parley_pops_total", "Screen pops")

    assert "parley_pops_total 0\n" in figures.text()


def test_misuse_is_refused() -> None:
    figures = Registry()
    calls = figures.counter("parley_calls_total", "Calls", "how")

    with pytest.raises(ValueError, match="exists already"):
        figures.gauge("parley_calls_total", "Again")
    with pytest.raises(ValueError, match="cannot shrink"):
        calls.add(-1, how="x")
    with pytest.raises(ValueError, match="has the labels"):
        calls.add(why="x")


def test_ids_in_labels_are_refused_before_they_fill_the_memory() -> None:
    calls = Registry().counter("parley_calls_total", "Calls", "call")
    for number in range(MOST_SERIES):
        calls.add(call=str(number))

    with pytest.raises(TooManySeries):
        calls.add(call="one more")
    calls.add(call="0")
