"""ARI's commands on the fake Asterisk, each as Asterisk 22 answers it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes import asterisk_dial
from tests.fakes.asterisk_model import (
    CAUSE_OF_MANNER,
    AriRefusal,
    FakeChannel,
    FakePhone,
    FakePlayback,
    PhoneManner,
    Request,
)

if TYPE_CHECKING:
    from tests.fakes.asterisk import FakeAsterisk

Handler = Callable[["FakeAsterisk", "re.Match[str]", Request], Any]
_ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def reply_to(fake: "FakeAsterisk", request: Request) -> Any:
    """Carry out one command."""
    for verb, pattern, handler in _ROUTES:
        match = pattern.match(request.path)
        if match and verb == request.method:
            return handler(fake, match, request)
    raise AriRefusal(404, "Resource not found")


def _route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        _ROUTES.append((method, re.compile(pattern + r"\Z"), handler))
        return handler

    return register


@_route("GET", r"asterisk/ping")
def _ping(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    return {"ping": "pong", "asterisk_id": "fake"}


@_route("GET", r"asterisk/info")
def _info(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    return {"status": {"startup_time": f"boot {fake.boots}", "last_reload_time": ""}}


@_route("GET", r"applications/([^/]+)")
def _application(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    mine = [c.id for c in fake.channels.values() if c.in_stasis and c.app == match[1]]
    bridges = [b for b, legs in fake.bridges.items() if set(legs) & set(mine)]
    return {
        "name": match[1],
        "channel_ids": mine,
        "bridge_ids": bridges,
        "endpoint_ids": [],
        "device_names": [],
        "events_allowed": [],
        "events_disallowed": [],
    }


@_route("POST", r"applications/([^/]+)/subscription")
def _subscribe(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    phones = [s.removeprefix("endpoint:PJSIP/") for s in request.query["eventSource"].split(",")]
    if any(phone not in fake.phones for phone in phones):
        raise AriRefusal(422, "Event source does not exist")
    fake.watched.update(phones)
    return _application(fake, match, request)


@_route("PUT", r"applications/([^/]+)/eventFilter")
def _filtered(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    return _application(fake, match, request)


@_route("POST", r"asterisk/variable")
def _set_global(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fake.global_variables[request.query["variable"]] = request.query.get("value", "")


@_route("GET", r"asterisk/variable")
def _global(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    name = request.query["variable"]
    if name not in fake.global_variables:
        raise AriRefusal(404, "Provided variable was not found")
    return {"value": fake.global_variables[name]}


@_route("PUT", r"asterisk/config/dynamic/res_pjsip/identify/([^/]+)")
def _identify(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fields = {f["attribute"]: f["value"] for f in (request.body or {})["fields"]}
    fake.identified[match[1]] = fields["match"]
    return [{"attribute": k, "value": v} for k, v in fields.items()]


@_route("DELETE", r"asterisk/config/dynamic/res_pjsip/identify/([^/]+)")
def _forget_identify(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.identified:
        raise AriRefusal(404, "Object not found")
    del fake.identified[match[1]]


@_route("GET", r"channels")
def _channels(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    return [fake.channel_json(leg) for leg in fake.channels]


@_route("GET", r"channels/([^/]+)")
def _channel(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.channels:
        raise AriRefusal(404, "Channel not found")
    return fake.channel_json(match[1])


@_route("POST", r"channels")
def _take(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if request.query["endpoint"] != asterisk_dial.TAKER:
        raise AriRefusal(500, "Allocation failed")
    asterisk_dial.take(fake, (request.body or {})["variables"])


@_route("POST", r"channels/([^/]+)")
def _originate(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    leg, query = match[1], request.query
    if leg in fake.channels:
        raise AriRefusal(409, "Channel with given unique ID already exists")
    technology, _, phone_id = query["endpoint"].partition("/")
    originator = query.get("originator", "")
    if originator and originator not in fake.channels:
        raise AriRefusal(400, "Provided originator channel was not found")
    phone = fake.phones.get(phone_id) if technology == "PJSIP" else None
    if phone is None or phone.manner is PhoneManner.UNREACHABLE:
        raise AriRefusal(500, "Allocation failed")
    name, number = _caller_id(query.get("callerId", ""))
    body = request.body or {}
    variables = {k: str(v) for k, v in body.get("variables", {}).items()}
    channel = FakeChannel(
        id=leg,
        name=f"PJSIP/{phone_id}-{len(fake.requests):08x}",
        state="Ringing",
        number=number,
        caller_name=name,
        originated=True,
        app=query.get("app", ""),
        args=tuple(query.get("appArgs", "").split(",")),
        created=fake.now,
        rings_until=fake.now + timedelta(seconds=int(query.get("timeout", "30"))),
        variables=variables | _inherited(fake.channels.get(originator)),
    )
    fake.channels[leg] = channel
    reply = fake.channel_json(leg) | {"state": "Down"}
    if phone.manner in CAUSE_OF_MANNER:
        fake.destroy(leg, CAUSE_OF_MANNER[phone.manner])
        return reply
    fake.tell_of(channel, "ChannelStateChange", channel=fake.channel_json(leg))
    if phone.manner is PhoneManner.ANSWERS:
        fake.answer(leg)
    return reply


def _caller_id(text: str) -> tuple[str, str]:
    match = re.fullmatch(r'"([^"]*)" <([^>]*)>', text)
    return (match[1], match[2]) if match else ("", text)


def _inherited(originator: FakeChannel | None) -> dict[str, str]:
    offer = "" if originator is None else originator.variables.get(asterisk_dial.OFFER, "")
    return {asterisk_dial.OFFER: offer} if offer else {}


_CAUSES = {"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "answered_elsewhere": 26}


@_route("DELETE", r"channels/([^/]+)")
def _hang_up(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.channels:
        raise AriRefusal(404, "Channel not found")
    reason = request.query.get("reason", "normal")
    if reason not in _CAUSES:
        raise AriRefusal(400, "Invalid Reason")
    fake.destroy(match[1], _CAUSES[reason], ordered=True)


@_route("POST", r"channels/([^/]+)/answer")
def _answer(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    channel = fake.stasis_channel(match[1])
    if channel.state != "Up":
        channel.state = "Up"
        fake.emit("ChannelStateChange", channel=fake.channel_json(channel.id))


@_route("POST", r"channels/([^/]+)/ring")
@_route("DELETE", r"channels/([^/]+)/ring")
def _ring(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fake.stasis_channel(match[1])


@_route("POST", r"channels/([^/]+)/moh")
def _start_moh(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fake.stasis_channel(match[1]).moh = request.query.get("mohClass", "default")


@_route("DELETE", r"channels/([^/]+)/moh")
def _stop_moh(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fake.stasis_channel(match[1]).moh = ""


@_route("POST", r"channels/([^/]+)/mute")
@_route("DELETE", r"channels/([^/]+)/mute")
def _mute(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fake.stasis_channel(match[1]).muted = request.method == "POST"


@_route("POST", r"channels/([^/]+)/dtmf")
def _send_digits(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fake.stasis_channel(match[1]).sent_digits += request.query["dtmf"]


@_route("POST", r"channels/([^/]+)/variable")
def _set_variable(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    channel = fake.stasis_channel(match[1])
    channel.variables[request.query["variable"]] = request.query["value"]


@_route("GET", r"channels/([^/]+)/variable")
def _variable(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    channel = fake.channels.get(match[1])
    if channel is None:
        raise AriRefusal(404, "Channel not found")
    if request.query["variable"] == "CALLERID(dnid)":
        return {"value": channel.dnis}
    if request.query["variable"] not in channel.variables:
        raise AriRefusal(404, "Provided variable was not found")
    return {"value": channel.variables[request.query["variable"]]}


@_route("POST", r"channels/([^/]+)/continue")
def _continue(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    channel = fake.stasis_channel(match[1])
    fake.leave_bridge(channel)
    channel.in_stasis = False
    channel.continued_at = request.query.get("context", "")
    channel.moh = ""
    fake.emit("StasisEnd", channel=fake.channel_json(channel.id))
    if channel.continued_at == "parley-ring":
        asterisk_dial.ring(fake, channel, request.query["extension"])
    elif channel.continued_at == "parley-farewell":
        fake.farewells[channel.id] = request.query["extension"]
        fake.destroy(channel.id, 16)


@_route("POST", r"channels/([^/]+)/play/([^/]+)")
def _play(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    channel, playback = fake.stasis_channel(match[1]), match[2]
    media = tuple(request.query["media"].split(","))
    language = request.query.get("lang", channel.language)
    channel.moh = ""  # Asterisk stops the music for a file and does not resume it
    ends = fake.now + fake.playback_lasts * len(media)
    made = FakePlayback(playback, channel.id, media, language, ends)
    fake.playbacks[playback] = made
    fake.emit("PlaybackStarted", playback=fake.playback_json(made, "playing"))
    return fake.playback_json(made, "queued")


@_route("GET", r"playbacks/([^/]+)")
def _playback(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.playbacks:
        raise AriRefusal(404, "Playback not found")
    return fake.playback_json(fake.playbacks[match[1]], "playing")


@_route("DELETE", r"playbacks/([^/]+)")
def _stop_playback(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.playbacks:
        raise AriRefusal(404, "Playback not found")
    fake.end_playback(match[1])


@_route("GET", r"bridges")
def _bridges(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    return [fake.bridge_json(bridge) for bridge in fake.bridges] + asterisk_dial.talks(fake)


@_route("POST", r"bridges/([^/]+)")
def _create_bridge(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] in fake.bridges:
        raise AriRefusal(409, f"Bridge with id '{match[1]}' already exists")
    fake.bridges[match[1]] = []
    return fake.bridge_json(match[1])


@_route("DELETE", r"bridges/([^/]+)")
def _destroy_bridge(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.bridges:
        raise AriRefusal(404, "Bridge not found")
    for leg in list(fake.bridges[match[1]]):
        fake.leave_bridge(fake.channels[leg])
    last = fake.bridge_json(match[1])
    del fake.bridges[match[1]]
    fake.emit("BridgeDestroyed", bridge=last)


@_route("POST", r"bridges/([^/]+)/addChannel")
def _add_channel(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.bridges:
        raise AriRefusal(404, "Bridge not found")
    legs = [fake.stasis_channel(leg, missing=400) for leg in request.query["channel"].split(",")]
    for channel in legs:
        if channel.bridge == match[1]:
            continue
        fake.leave_bridge(channel)
        channel.bridge, channel.moh = match[1], ""
        fake.bridges[match[1]].append(channel.id)
        fake.emit(
            "ChannelEnteredBridge",
            bridge=fake.bridge_json(match[1]),
            channel=fake.channel_json(channel.id),
        )


@_route("POST", r"bridges/([^/]+)/removeChannel")
def _remove_channel(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    if match[1] not in fake.bridges:
        raise AriRefusal(404, "Bridge not found")
    channel = fake.stasis_channel(request.query["channel"], missing=400)
    if channel.bridge != match[1]:
        raise AriRefusal(422, "Channel not in this bridge")
    fake.leave_bridge(channel)


@_route("PUT", r"asterisk/config/dynamic/res_pjsip/(auth|aor|endpoint)/([^/]+)")
def _push(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    fields = {f["attribute"]: f["value"] for f in (request.body or {})["fields"]}
    phone = fake.phones.setdefault(match[2], FakePhone(match[2]))
    if match[1] == "endpoint":
        fake.unwatch(match[2])
    for name, value in fields.items():
        known = phone.fields.get(f"{match[1]}.{name}", "")
        if name == "contact" and known and value not in known.split(","):
            value = f"{known},{value}"  # noqa: PLW2901 - as Asterisk does on an update
        phone.fields[f"{match[1]}.{name}"] = value
    return [{"attribute": k, "value": v} for k, v in fields.items()]


@_route("DELETE", r"asterisk/config/dynamic/res_pjsip/(auth|aor|endpoint)/([^/]+)")
def _forget(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    kind, phone = match[1], fake.phones.get(match[2])
    if phone is None or not any(name.startswith(f"{kind}.") for name in phone.fields):
        raise AriRefusal(404, "Object not found")
    phone.fields = {k: v for k, v in phone.fields.items() if not k.startswith(f"{kind}.")}
    if kind == "endpoint":
        fake.unwatch(match[2])
    if not phone.fields:
        del fake.phones[match[2]]


@_route("GET", r"endpoints/PJSIP")
def _endpoints(fake: "FakeAsterisk", match: "re.Match[str]", request: Request) -> Any:
    return [
        {
            "technology": "PJSIP",
            "resource": phone.id,
            "state": "offline" if phone.manner is PhoneManner.UNREACHABLE else "online",
            "channel_ids": [
                c.id for c in fake.channels.values() if c.name.startswith(f"PJSIP/{phone.id}-")
            ],
        }
        for phone in fake.phones.values()
    ]
