import msgspec
import pytest

from acd import commands as c
from acd.call import CallState
from acd.floor import Floor, FloorSnapshot
from acd.ids import AgentId, CallId, OfferId, QueueId
from tests.unit.acd.house import House, at, offered

pytestmark = pytest.mark.unit


@pytest.fixture
def house() -> House:
    """One caller talks to bob, one rings ana, three wait (one of them again), one has gone."""
    house = House()
    house.queue()
    for name in ("ana", "bob", "eve"):
        house.agent(name)
    house.ring("again", seconds=1)
    house.ring("talks", seconds=2)
    house.accept("talks~1", 3)
    house.ring("rings", seconds=4)
    house.do(c.ExpireOffer(offer=OfferId("again~1")), 21)
    house.ring("waits", seconds=22, priority=5)
    house.ring("gone", seconds=23)
    house.end("gone", 24)
    return house


@pytest.fixture
def rung() -> House:
    """Ana was rung beforehand and is rung, bob was and talks, eve was too late for her call."""
    house = House()
    house.queue()
    for name in ("ana", "bob"):
        house.agent(name)
    house.signed_in("eve")
    house.ring("talks", seconds=1, rung="bob")
    house.accept("talks~0", 2)
    house.ring("rings", seconds=3, rung="ana")
    house.ring("waits", seconds=4, rung="eve")
    return house


def stored(floor: Floor) -> FloorSnapshot:
    """Send the snapshot through a file, as the daemon does."""
    return msgspec.json.decode(msgspec.json.encode(floor.snapshot()), type=FloorSnapshot)


def test_a_stored_snapshot_gives_an_equal_floor(house: House) -> None:
    assert stored(house.floor) == house.floor.snapshot()
    assert Floor.restore(stored(house.floor)).snapshot() == house.floor.snapshot()


def test_waiting_callers_keep_their_old_order_and_the_next_agent_gets_the_first(
    house: House,
) -> None:
    restored = Floor.restore(stored(house.floor))

    assert [call.id for call in restored.waiting(QueueId("q"))] == ["again", "waits"]
    assert restored.call(CallId("gone")).state is CallState.ENDED
    ready = c.GoReady(agent=AgentId("ana"))
    assert offered(restored.decide(ready, at(30))).call == "again"
    assert restored.decide(ready, at(30)) == house.floor.decide(ready, at(30))


def test_offers_rung_beforehand_outlive_a_restart(rung: House) -> None:
    restored = Floor.restore(stored(rung.floor))

    assert restored.snapshot() == rung.floor.snapshot()
    assert restored.call(CallId("rings")).offer == "rings~0"
    late = c.ExpireOffer(offer=OfferId("rings~0"))
    assert restored.decide(late, at(30)) == rung.floor.decide(late, at(30)) != []
    ready = c.GoReady(agent=AgentId("eve"))
    assert offered(restored.decide(ready, at(30))).offer == "waits~1"


@pytest.mark.parametrize("kind", ["house", "rung"])
def test_the_journal_read_back_gives_an_equal_floor(
    kind: str, request: pytest.FixtureRequest
) -> None:
    house: House = request.getfixturevalue(kind)
    floor = Floor()
    for event in house.log:
        floor.evolve(msgspec.json.decode(msgspec.json.encode(event), type=type(event)))

    assert floor.snapshot() == house.floor.snapshot()
