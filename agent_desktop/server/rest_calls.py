from typing import Annotated

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200
from pydantic import Field

from agent_desktop.server.bodies import ChoosePartyBody, NoteBody, WrapUpBody
from agent_desktop.server.endpoint import endpoint
from agent_desktop.server.views import (
    CallView,
    ChosenPartyView,
    DispositionsView,
    DoneView,
    WhyView,
)

routes = web.RouteTableDef()
CallKey = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9_.\-]+$")]


@routes.get("/api/dispositions", allow_head=False)
@endpoint
async def get_dispositions(request: web.Request) -> r200[DispositionsView]:
    """The outcomes an agent may choose."""
    raise NotImplementedError


@routes.get("/api/calls/{call}", allow_head=False)
@endpoint
async def get_call(request: web.Request, call: CallKey, /) -> r200[CallView]:
    """What is known of a call, live or recent."""
    raise NotImplementedError


@routes.get("/api/calls/{call}/why", allow_head=False)
@endpoint
async def get_why(request: web.Request, call: CallKey, /) -> r200[WhyView]:
    """Why this call rang whom: the decision record of each offer."""
    raise NotImplementedError


@routes.put("/api/calls/{call}/note")
@endpoint
async def save_note(request: web.Request, call: CallKey, /, body: NoteBody) -> r200[DoneView]:
    """Keep the draft of the note, so that a reload loses nothing."""
    raise NotImplementedError


@routes.post("/api/calls/{call}/party")
@endpoint
async def choose_party(
    request: web.Request, call: CallKey, /, body: ChoosePartyBody
) -> r200[ChosenPartyView]:
    """Say who the caller is: one of the candidates, another party, or a new one."""
    raise NotImplementedError


@routes.post("/api/calls/{call}/wrap-up")
@endpoint
async def finish_wrap_up(
    request: web.Request, call: CallKey, /, body: WrapUpBody
) -> r200[DoneView]:
    """Write outcome, note and follow-up, and end the after-call work."""
    raise NotImplementedError
