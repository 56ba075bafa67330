"""Why something ended or failed: the closed lists that reports and screens count by."""

from enum import StrEnum


class EndReason(StrEnum):
    """Who or what ended the call, as telephony saw it; the floor derives the outcome from it."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    SERVED_BY_IVR = "served_by_ivr"
    CLOSED = "closed"
    QUEUE_FULL = "queue_full"
    WAIT_LIMIT = "wait_limit"
    SAFETY_NET = "safety_net"
    ENGINE_LOST = "engine_lost"
    FAILED = "failed"


class Outcome(StrEnum):
    """How the whole call counts, in the field's terms."""

    COMPLETED = "completed"
    SELF_SERVED = "self_served"
    ABANDONED_IN_IVR = "abandoned_in_ivr"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    OVERFLOWED = "overflowed"
    CLOSED = "closed"
    FAILED = "failed"


class NotReadyReason(StrEnum):
    """Why an agent takes no calls."""

    JUST_LOGGED_IN = "just_logged_in"
    BREAK = "break"
    LUNCH = "lunch"
    MEETING = "meeting"
    TRAINING = "training"
    BACK_OFFICE = "back_office"
    RONA = "rona"
    REFUSED = "refused"
    PHONE_FAILED = "phone_failed"
    UNREACHABLE = "unreachable"
    PHONE_FORWARDED = "phone_forwarded"
    """The phone sends calls elsewhere, where the floor could not follow them."""
    FORCED = "forced"


class OfferFailure(StrEnum):
    """Why an offered leg came to nothing without the agent's doing."""

    PHONE_UNREACHABLE = "phone_unreachable"
    PHONE_FORWARDED = "phone_forwarded"
    LEG_LOST = "leg_lost"


class OfferEnd(StrEnum):
    """Why an offer came to nothing: the agent, her phone, or the caller.

    One list, because a journalled field can only hold one kind of string.
    """

    RONA = "rona"
    REFUSED = "refused"
    PHONE_UNREACHABLE = "phone_unreachable"
    PHONE_FORWARDED = "phone_forwarded"
    LEG_LOST = "leg_lost"
    CALLER_GONE = "caller_gone"
    TOO_LATE = "too_late"
    """Asterisk rang her on the floor's earlier word, and she was not free any more."""
