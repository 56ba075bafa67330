"""A desk phone with a secret of its own: registered before the log-in, rung, and found silent."""

from dataclasses import replace
from pathlib import Path

import pytest

from acd.ids import AgentId
from cti.phones import sip_digest
from tests.e2e.product import Product, agent, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SECRET = "of the desk phone"


async def test_a_registered_desk_phone_is_rung_and_a_silent_one_costs_the_caller_seconds(
    tmp_path: Path,
) -> None:
    ana = replace(
        agent("ana", skills={"support": 4}),
        phone="sip",
        sip_digest=sip_digest(AgentId("ana"), SECRET),
    )
    product = Product(folder=tmp_path, agents=[ana])
    async with running(product), product.phone("agent-ana") as phone:
        assert await phone.register(SECRET) == 200
        async with product.desk("ana") as desk, product.phone("caller") as caller:
            await desk.until(
                lambda d: d.own.get("me", {}).get("phone") is True, "the phone is there"
            )
            await desk.ask("go_ready")
            call = await caller.dial("5004", caller="+12025550101")
            ringing = await phone.wait_rung()
            phone.answer(ringing)
            await call.answered.wait()
            await desk.until(lambda d: "call" in d.own, "the call")
            caller.hang_up(call)
            await desk.until(lambda d: d.state == "wrap_up", "after-call work")
            phone.close()  # unplugged, and still registered
            await desk.ask("go_ready")
            await caller.dial("5004", caller="+12025550102")
            await desk.until(
                lambda d: d.own.get("me", {}).get("reason") == "unreachable",
                "named as away",
                within=15,
            )
