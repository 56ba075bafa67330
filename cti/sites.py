"""Which site description is in force: the one named, or the demo's that Parley brings along."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cti.settings import Settings

if TYPE_CHECKING:
    from telephony_config.model import Site

DEMO_SITE: Final = Path(__file__).resolve().parents[1] / "telephony_config" / "demo_site.toml"


def site_file(settings: Settings) -> Path:
    """Name the file; the demo's when none is set."""
    return settings.site or DEMO_SITE


def load_site(settings: Settings) -> "Site":
    """Read it; raises ``SiteRefused`` with every complaint."""
    from ivr.load import FLOWS
    from telephony_config.load import load_site as load

    return load(site_file(settings), flows=FLOWS)
