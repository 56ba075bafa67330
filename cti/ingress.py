"""ARI event -> floor command, or word to the caller's line. No waiting here, no verbs."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from acd import commands as ask
from acd.commands import Command
from acd.floor import Floor
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.reasons import EndReason, OfferFailure
from crm_core.domain.phone import with_country
from cti.ari import events as ari
from cti.legs import call_of, dialled_for, handed_over_for, offer_of, region_of, rung_already
from cti.phones import Phones, agent_of, owner_of
from cti.talks import Talks
from cti.visits import Visits
from ivr.ports import DigitPressed, PlayingFinished, PlayingId

log = logging.getLogger(__name__)

_DECLINED: Final = frozenset({"17", "21"})
"""Q.850: busy, call rejected."""

RINGS_WITHIN: Final = timedelta(milliseconds=5)
"""We begin with a call that Asterisk puts through by itself when the phone rings, and so long after
it was dialled if the phone is slow to say so: two at once would only be in each other's way."""

JOINED_WITHIN: Final = timedelta(milliseconds=3)
"""So long after a phone that answers without ringing we begin with its call: they talk by then."""

RINGS_AT_ALL_WITHIN: Final = timedelta(seconds=6)
"""A phone that has not said by then that it rings is unreachable: the next agent is rung."""

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
        look_up: Callable[[CallId, str, QueueId | None], None],
        later: Callable[[timedelta, Callable[[], object]], object],
    ) -> None:
        self._floor, self._visits, self._phones = floor, visits, phones
        self._talks, self._handovers = talks, talks.handovers
        self._submit, self._turn_away, self._look_up = submit, turn_away, look_up
        self._later = later
        self.lapsed: Callable[[CallId], None] = self.caller_gone
        """Told of a caller whom the dialplan's clock may have taken from us."""
        self._first_told: dict[OfferId, ari.Channel] = {}
        """Legs of calls we begin with in a moment, as they were dialled: for which number, an
        event that follows need not tell any more."""
        self._silent: dict[str, OfferId] = {}
        """By call: whose offer's phone was dialled and has not said yet that it rings."""
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
                call = CallId(channel.id)
                if offer_of(channel) is None and not self._handovers.away(call):
                    (self.lapsed if self._visits.lapsed(call) else self.caller_gone)(call)
            case ari.ChannelStateChange(channel=channel):
                self._leg_changed(channel)
            case ari.ChannelCallerId(channel=channel):
                self._dialled(channel)
            case ari.ChannelDestroyed(channel=channel, cause=cause):
                self._destroyed(channel, cause)
            case ari.ChannelHold(channel=channel):
                self._held(channel, held=True)
            case ari.ChannelUnhold(channel=channel):
                self._held(channel, held=False)
            case ari.ContactStatusChange(endpoint=endpoint, contact_info=contact):
                self._phone(endpoint.resource, contact)
            case _:
                pass  # an event nobody needs; the filter lets few of them through

    def _entered(self, event: ari.StasisStart) -> None:
        channel, call = event.channel, CallId(event.channel.id)
        match event.args:
            case ["inbound", *_] if dialled_for(channel) is not None:
                log.warning("an agent's leg was moved to a number of ours")
                self._talks.not_wanted(channel.id)  # its end ends the talk, too
            case ["inbound", *dnis]:
                dnis = dnis or [channel.dialplan.exten]
                self.arrived(call, channel.caller, dnis=dnis[0], region=region_of(channel))
            case ["agent" | "leg", *_]:
                self._talks.leg_came(channel.id, offer_of(channel))
            case ["back", status, cause]:
                self._came_back(channel, status, cause)
            case ["hand", *dnis]:
                self._handovers.came_home(call)
                if not self._knows(call):  # she rang in while no daemon was there
                    home = region_of(channel)
                    self.arrived(call, channel.caller, dnis="".join(dnis), region=home)
            case _:
                log.warning("a channel came in that we cannot place")
                self._talks.not_wanted(channel.id)

    def _came_back(self, channel: ari.Channel, status: str, cause: str) -> None:
        """No agent took the offer for which Asterisk had this caller."""
        call, offer = CallId(channel.id), handed_over_for(channel)
        if offer is not None and rung_already(offer) and not self._knows(call):
            region, dnis = region_of(channel), channel.dialplan.exten
            self.arrived(call, channel.caller, dnis=dnis, region=region)  # nothing rang
            return
        self._handovers.came_back(call)
        if offer is not None:
            silent = self._silent.pop(call, None) == offer and status == "NOANSWER"
            self._submit(_unanswered(offer, "CHANUNAVAIL" if silent else status, cause))

    def _dialled(self, channel: ari.Channel) -> None:
        """Asterisk rings a phone: for a caller of ours, or one of whom we hear only now."""
        offer = dialled_for(channel)
        if offer is not None and channel.state == "Down":
            self._silent[call_of(offer)] = offer
            self._later(RINGS_AT_ALL_WITHIN, partial(self._still_silent, offer))
        if offer is not None and rung_already(offer):
            self._first_told.setdefault(offer, channel)
            self._later(RINGS_WITHIN, partial(self.rung, offer, channel))

    def _still_silent(self, offer: OfferId) -> None:
        """A phone that is there rings at once; this one is switched off, or its net is down."""
        if self._silent.get(call_of(offer)) == offer:
            self._submit(ask.FailOffer(offer=offer, why=OfferFailure.PHONE_UNREACHABLE))

    def rung(self, offer: OfferId, leg: ari.Channel) -> None:
        """A caller has rung in for whom Asterisk rings this phone, on the floor's earlier word."""
        call, agent = call_of(offer), owner_of(leg)
        leg = self._first_told.pop(offer, leg)
        if agent is None or self._knows(call):
            return
        if not self._closing:
            self._handovers.adopt(offer, leg.id)
        dnis, region = leg.caller.number, region_of(leg)
        if not self._visits.knows(dnis):  # a phone that was pushed anew shows a number of its own
            dnis = leg.dialplan.exten
        self.arrived(call, leg.connected, dnis=dnis, region=region, rung=agent)

    def joined(self, offer: OfferId, leg: ari.Channel) -> None:
        """Asterisk has brought a caller and this phone together, on the floor's earlier word."""
        self.rung(offer, leg)
        self._talks.answered(offer, leg.id)

    def _knows(self, call: CallId) -> bool:
        """Whether the caller has come in; the floor may be about to hear of her."""
        return self._visits.get(call) is not None or self._floor.has_call(call)

    def _leg_changed(self, channel: ari.Channel) -> None:
        offer = dialled_for(channel)
        if offer is None:
            return
        if channel.state in ("Ringing", "Up"):
            self._silent.pop(call_of(offer), None)
        if channel.state != "Up":
            if rung_already(offer):
                self.rung(offer, channel)
            self._handovers.rings(offer, channel.id)
        elif self._knows(call_of(offer)) or not rung_already(offer):
            self._talks.answered(offer, channel.id)
        else:
            self._later(JOINED_WITHIN, partial(self.joined, offer, channel))

    def arrived(
        self,
        call: CallId,
        caller: ari.CallerID,
        *,
        dnis: str,
        region: str = "",
        rung: AgentId | None = None,
    ) -> None:
        """A caller has rung in: into our application, or Asterisk has ``rung`` an agent for her."""
        if self._floor.has_call(call):
            return  # told twice
        if self._closing:
            self._turn_away(call)
            return
        ani = _number(caller.number, region)
        visit = self._visits.open(call, ani=ani, dnis=dnis)
        visit.shown = (caller.name, caller.number)
        enqueue = self._visits.straight(call, rung)
        queue = enqueue.queue if enqueue is not None else None
        self._look_up(call, ani, queue)  # it lasts, so it begins before all else
        self._submit(ask.StartCall(call=call, ani=ani, dnis=dnis))
        if enqueue is not None:  # in the same batch: journalled, and told, as one
            self._submit(enqueue)

    def helped(self, call: CallId, caller: ari.CallerID, *, dnis: str) -> None:
        """Somebody talks to this caller already, by way of the safety net and without us."""
        self._submit(ask.StartCall(call=call, ani=_printable(caller.number), dnis=dnis))
        self._submit(ask.EndCall(call=call, why=EndReason.SAFETY_NET))

    def caller_gone(self, call: CallId) -> None:
        """The caller's channel has left us."""
        self._silent.pop(call, None)
        self._visits.hung_up(call)
        if self._knows(call):
            self._submit(ask.EndCall(call=call, why=EndReason.CALLER_HUNG_UP))

    def _played(self, playback: ari.Playback) -> None:
        call = CallId(playback.target_uri.removeprefix("channel:"))
        failed = playback.state == "failed"
        self._visits.deliver(call, PlayingFinished(PlayingId(playback.id), failed=failed))

    def _destroyed(self, channel: ari.Channel, cause: int) -> None:
        offer = offer_of(channel)
        if offer is None:
            self.caller_gone(CallId(channel.id))
            return
        if rung_already(offer):
            self.rung(offer, channel)  # it rang for a moment only
        self._talks.leg_gone(offer, channel.id, cause)

    def _held(self, channel: ari.Channel, *, held: bool) -> None:
        """A desk phone's own hold key; the browser phone asks the floor itself.

        Not compared with the call's state: a key pressed twice is read twice before the floor has
        done the first.
        """
        offer = offer_of(channel)
        if offer is None or not self._floor.has_call(call_of(offer)):
            return
        call = call_of(offer)
        self._submit(ask.HoldCall(call=call) if held else ask.RetrieveCall(call=call))

    def _phone(self, endpoint: str, contact: ari.ContactInfo) -> None:
        agent = agent_of(endpoint)
        if agent is not None:
            reachable = contact.contact_status not in ("Removed", "Unreachable")
            self._phones.contact_is(agent, contact.uri, reachable=reachable)


def _number(number: str, region: str) -> str:
    """A caller's number, with its country if the trunk is of another region than the site."""
    text = _printable(number)
    return with_country(text, region) if region else text


def _printable(number: str) -> str:
    """What strangers send as their number, freed of control characters and cut to a length."""
    return "".join(c for c in number if c.isprintable())[:LONGEST_NUMBER]


def _unanswered(offer: OfferId, status: str, cause: str) -> Command:
    """What Dial says when nobody answered; its cause is one of Q.850, or 0."""
    if cause in _DECLINED:
        return ask.RefuseOffer(offer=offer)
    if status == "NOANSWER":
        return ask.ExpireOffer(offer=offer)
    if status == "BUSY":  # with no cause of its own: it sent the caller elsewhere, and Dial did not
        return ask.FailOffer(offer=offer, why=OfferFailure.PHONE_FORWARDED)
    return ask.FailOffer(offer=offer, why=OfferFailure.PHONE_UNREACHABLE)
