"""The package's errors: one base class; each says whether a retry can help."""

from typing import ClassVar


class TelephonyConfigError(Exception):
    """Base of what this package raises; the message is fit to be shown to the operator."""

    retryable: ClassVar[bool] = False


class AptMissing(TelephonyConfigError):
    """This machine cannot fetch Debian packages."""


class FetchFailed(TelephonyConfigError):
    """The archive could not be read or a package could not be unpacked."""

    retryable: ClassVar[bool] = True


class AsteriskFailed(TelephonyConfigError):
    """Asterisk did not start, or stopped by itself; the message holds its last words."""


class PortTaken(TelephonyConfigError):
    """A port that the site description names is in use by another program."""
