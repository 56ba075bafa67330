"""A daemon small enough to be killed: takes each caller, gives her music, writes what it sees.

Run by ``bench_ari`` as a process of its own, so that kill -9 is a real one. One JSON line an
event: ``t`` is CLOCK_MONOTONIC, which all processes of a machine share.
"""

import asyncio
import json
import sys
import time
from random import Random

import msgspec
import uvloop

from cti.ari.client import AriClient
from cti.ari.errors import TelephonyError
from cti.ari.events import StasisStart
from cti.ari.settings import AriSettings
from cti.call_control import CallControl


def say(what: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"t": time.monotonic(), "what": what, **fields}) + "\n")
    sys.stdout.flush()


async def serve(settings: AriSettings) -> None:
    async def reconcile() -> None:
        mine = await control.owned_channels()
        say("connected", owned=sorted(mine))

    client = AriClient(settings, chance=Random(), on_connected=reconcile)
    control = CallControl(client)
    async with asyncio.TaskGroup() as group:
        say("starting")
        group.create_task(client.run())
        async for event in client.events():
            leg = getattr(getattr(event, "channel", None), "id", "")
            say(type(event).__name__, leg=leg)
            if isinstance(event, StasisStart):
                group.create_task(take(control, leg))


async def take(control: CallControl, leg: str) -> None:
    try:
        await control.claim(leg)
        await control.answer(leg)
        await control.start_moh(leg)
    except TelephonyError as error:
        say("refused", leg=leg, why=type(error).__name__)
    else:
        say("taken", leg=leg)


if __name__ == "__main__":
    uvloop.run(serve(msgspec.json.decode(sys.stdin.readline(), type=AriSettings)))
