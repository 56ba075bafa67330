"""How fast one sender's messages are passed on: a burst at once, then so many a second."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Counts in one number: the time for which the messages passed so far would last."""

    rate: float
    """Messages a second."""
    burst: int
    """Messages that may pass at once after a quiet time."""
    _until: float = field(default=0.0, init=False)

    def wait(self, now: float) -> float:
        """Count one message; return in how many seconds it may pass, 0 for at once."""
        self._until = max(self._until, now) + 1 / self.rate
        return max(0.0, self._until - now - self.burst / self.rate)
