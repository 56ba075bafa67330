"""The STUN and TURN servers that browser phones are told of, with credentials that run out.

TURN servers let in who shows the usual time-limited credential ("TURN REST", coturn's
``use-auth-secret``): the name is the instant of its end and the phone, the password an HMAC of the
name by the secret that we share with the server. So no phone ever learns the secret, and what it
learns is worth nothing tomorrow.
"""

import base64
import hmac
from datetime import timedelta
from typing import Final

from agent_desktop.server.ports import IceServer
from cti.clock import Clock
from cti.settings import Complaint, Settings, SettingsRefused
from telephony_config.load_ice import TURN
from telephony_config.model import Site

MISSING: Final = "missing, but the site's desktop.ice_servers names a TURN server"
REMEDY: Final = (
    "Set PARLEY_DESKTOP_TURN_SECRET to the secret of the TURN server (coturn: static-auth-secret)."
)


def lacks_turn_secret(settings: Settings, site: Site) -> bool:
    """Whether the site has a TURN server that would let nobody in."""
    return settings.desktop.turn_secret is None and bool(_turn(site))


def need_turn_secret(settings: Settings, site: Site) -> None:
    """Raise ``SettingsRefused`` if a TURN server would let nobody in."""
    if lacks_turn_secret(settings, site):
        complaint = Complaint(
            where="settings", key="desktop.turn_secret", message=MISSING, remedy=REMEDY
        )
        raise SettingsRefused((complaint,))


class IceServers:
    """What each phone is told."""

    def __init__(
        self,
        *,
        stun: tuple[str, ...],
        turn: tuple[str, ...],
        secret: str,
        good_for: timedelta,
        clock: Clock,
    ) -> None:
        self._stun, self._turn = stun, turn
        self._secret, self._good_for, self._clock = secret.encode(), good_for, clock

    @classmethod
    def of(cls, settings: Settings, site: Site, clock: Clock) -> "IceServers":
        """Those of the site; raises ``SettingsRefused`` if a TURN server would let nobody in."""
        need_turn_secret(settings, site)
        turn = _turn(site)
        return cls(
            stun=tuple(uri for uri in site.desktop.ice_servers if uri not in turn),
            turn=turn,
            secret=settings.desktop.turn_secret or "",
            good_for=settings.timeouts.turn_credentials,
            clock=clock,
        )

    def of_phone(self, sip_user: str) -> tuple[IceServer, ...]:
        """The servers with a fresh credential for this phone."""
        found = [IceServer(urls=self._stun)] if self._stun else []
        if self._turn:
            until = self._clock.now() + self._good_for
            name = f"{int(until.timestamp())}:{sip_user}"
            proof = hmac.digest(self._secret, name.encode(), "sha1")
            password = base64.b64encode(proof).decode("ascii")
            found.append(IceServer(urls=self._turn, username=name, credential=password))
        return tuple(found)


def _turn(site: Site) -> tuple[str, ...]:
    return tuple(uri for uri in site.desktop.ice_servers if uri.startswith(TURN))
