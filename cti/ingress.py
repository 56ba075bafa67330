"""ARI event -> floor command, or word to the caller's line. No waiting here, no verbs."""

import logging
from collections.abc import Callable
from typing import Final

from acd import commands as ask
from acd.call import CallState
from acd.commands import Command
from acd.floor import Floor
from acd.ids import CallId, OfferId
from acd.reasons import EndReason, OfferFailure
from cti.ari import events as ari
from cti.legs import call_of, offer_of
from cti.phones import Phones, agent_of
from cti.talks import Talks
from cti.visits import Visits
from ivr.ports import DigitPressed, PlayingFinished, PlayingId

log = logging.getLogger(__name__)

# Q.850 causes of a leg that never answered.
_DECLINED: Final = frozenset({17, 21})
_NOT_ANSWERED: Final = frozenset({0, 16, 18, 19, 26, 127})

LONGEST_NUMBER: Final = 64
"""Characters of a caller's number that are kept; E.164 has 15 digits."""


class Ingress:
    """Takes every event of our application."""

    def __init__(
        self,
        floor: Floor,
        visits: Visits,
        talks: Talks,
        phones: Phones,
        submit: Callable[[Command], None],
        turn_away: Callable[[CallId], None],
    ) -> None:
        self._floor, self._visits, self._talks, self._phones = floor, visits, talks, phones
        self._submit, self._turn_away = submit, turn_away
        self._closing = False

    def refuse_calls(self) -> None:
        """Turn away whoever rings in from now on; calls in our hands go on."""
        self._closing = True

    def take(self, event: ari.Event) -> None:  # noqa: C901 - one match, a line each
        """Turn one event into what it means here."""
        match event:
            case ari.StasisStart():
                self._entered(event)
            case ari.ChannelDtmfReceived(channel=channel, digit=digit):
                self._visits.deliver(call_of(channel.id), DigitPressed(digit))
            case ari.PlaybackFinished(playback=playback):
                self._played(playback)
            case ari.StasisEnd(channel=channel):
                if offer_of(channel.id) is None:
                    self.caller_gone(CallId(channel.id))
            case ari.ChannelDestroyed(channel=channel, cause=cause):
                self._destroyed(channel.id, cause)
            case ari.ChannelHold(channel=channel):
                self._held(channel.id, held=True)
            case ari.ChannelUnhold(channel=channel):
                self._held(channel.id, held=False)
            case ari.ContactStatusChange(endpoint=endpoint, contact_info=contact):
                if contact.contact_status in ("Removed", "Unreachable"):
                    self._phone(endpoint.resource, reachable=False)
            case ari.EndpointStateChange(endpoint=endpoint):
                self._phone(endpoint.resource, reachable=endpoint.state == "online")
            case _:
                pass  # an event nobody needs; the filter lets few of them through

    def _entered(self, event: ari.StasisStart) -> None:
        channel, args = event.channel, event.args
        if args[:1] == ["inbound"]:
            dnis = args[1] if len(args) > 1 else channel.dialplan.exten
            self.arrived(CallId(channel.id), ani=channel.caller.number, dnis=dnis)
        elif args[:1] == ["agent"]:
            self._talks.leg_answered(channel.id)
        else:
            log.warning("a channel came in that we cannot place")

    def arrived(self, call: CallId, *, ani: str, dnis: str) -> None:
        """A caller has entered our application."""
        if self._floor.has_call(call):
            return  # told twice
        if self._closing:
            self._turn_away(call)
            return
        ani = _printable(ani)
        self._visits.open(call, ani=ani, dnis=dnis)
        self._submit(ask.StartCall(call=call, ani=ani, dnis=dnis))
        enqueue = self._visits.straight(call)
        if enqueue is not None:  # in the same batch: journalled, and told, as one
            self._submit(enqueue)

    def caller_gone(self, call: CallId) -> None:
        """The caller's channel has left us."""
        self._visits.hung_up(call)
        arriving = self._visits.get(call) is not None  # the floor may not have heard of her yet
        if arriving or self._floor.has_call(call):
            self._submit(ask.EndCall(call=call, why=EndReason.CALLER_HUNG_UP))

    def _played(self, playback: ari.Playback) -> None:
        call = CallId(playback.target_uri.removeprefix("channel:"))
        failed = playback.state == "failed"
        self._visits.deliver(call, PlayingFinished(PlayingId(playback.id), failed=failed))

    def _destroyed(self, channel: str, cause: int) -> None:
        offer = offer_of(channel)
        if offer is None:
            self.caller_gone(CallId(channel))
        elif self._talks.leg_gone(channel):
            self.agent_leg_gone(offer, cause)

    def agent_leg_gone(self, offer: OfferId, cause: int) -> None:
        """The agent's leg is no more: what that means depends on how far the call was."""
        if not self._floor.has_call(call_of(offer)):
            return
        call = self._floor.call(call_of(offer))
        if call.offer != offer:
            return
        if call.state is CallState.OFFERED:
            self._submit(_unanswered(offer, cause))
        elif call.with_agent:
            self._submit(ask.EndCall(call=call.id, why=EndReason.AGENT_HUNG_UP))

    def _held(self, channel: str, *, held: bool) -> None:
        """A desk phone's own hold key; the browser phone asks the floor itself."""
        if offer_of(channel) is None or not self._floor.has_call(call_of(channel)):
            return
        call = self._floor.call(call_of(channel))
        if held and call.state is CallState.TALKING:
            self._submit(ask.HoldCall(call=call.id))
        elif not held and call.state is CallState.HELD:
            self._submit(ask.RetrieveCall(call=call.id))

    def _phone(self, endpoint: str, *, reachable: bool) -> None:
        agent = agent_of(endpoint)
        if agent is not None:
            self._phones.reported(agent, reachable=reachable)


def _printable(number: str) -> str:
    """What strangers send as their number, freed of control characters and cut to a length."""
    return "".join(c for c in number if c.isprintable())[:LONGEST_NUMBER]


def _unanswered(offer: OfferId, cause: int) -> Command:
    if cause in _DECLINED:
        return ask.RefuseOffer(offer=offer)
    if cause in _NOT_ANSWERED:
        return ask.ExpireOffer(offer=offer)
    return ask.FailOffer(offer=offer, why=OfferFailure.PHONE_UNREACHABLE)
