"""How the desktop is reached: where it listens, what it is called, what browsers type."""

from urllib.parse import urlsplit

from agent_desktop.server.config import DesktopConfig
from agent_desktop.server.origins import origin_of
from cti.settings import Settings
from cti.tls import is_loopback, wanted_names
from telephony_config.model import Site


def bind_address(settings: Settings, site: Site) -> str:
    """Where the desktop listens."""
    return settings.desktop.host or site.desktop.host


def is_public(settings: Settings, site: Site) -> bool:
    """Whether others than this machine can reach the desktop, as far as we are told."""
    desktop = settings.desktop
    told = desktop.public_url is not None or desktop.trusted_proxies > 0
    return told or not is_loopback(bind_address(settings, site))


def public_url(settings: Settings) -> str:
    """What browsers type when that is not where we listen; "" when it is."""
    return origin_of(settings.desktop.public_url) if settings.desktop.public_url else ""


def link(settings: Settings, site: Site, port: int) -> str:
    """The address of the pages, for people."""
    if settings.desktop.public_url:
        return f"{public_url(settings)}/"
    scheme = "https" if settings.tls.enabled else "http"
    host = bind_address(settings, site)
    unspecified = host in {"0.0.0.0", "::"}  # noqa: S104 - shown, not listened on
    shown = "localhost" if unspecified or is_loopback(host) else host
    return f"{scheme}://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def own_names(settings: Settings, site: Site) -> tuple[str, ...]:
    """Names and addresses under which browsers may reach us; a certificate of ours has them all."""
    host = urlsplit(public_url(settings)).hostname
    return wanted_names(
        [
            *settings.tls.names,
            *settings.desktop.hosts,
            bind_address(settings, site),
            *([host] if host else []),
        ]
    )


def desktop_config(
    settings: Settings, site: Site, names: tuple[str, ...], *, sip_upstream: str
) -> DesktopConfig:
    """Fit the settings to the desktop server, which goes by ``names``."""
    url, desktop = public_url(settings), settings.desktop
    return DesktopConfig(
        tls=settings.tls.enabled or url.startswith("https:"),
        public_url=url,
        hosts=frozenset(name.lower() for name in (*names, *desktop.hosts)),
        demo_open=is_public(settings, site),
        metrics_token=desktop.metrics_token or "",
        trusted_proxies=desktop.trusted_proxies,
        proxy_networks=desktop.proxy_networks,
        region=site.region,
        web_dist=settings.pages_dir,
        sip_upstream=sip_upstream,
        sessions_file=settings.data_dir / "sessions.jsonl",
        phones_file=settings.data_dir / "phones.jsonl",
        sessions_per_user=desktop.sessions_per_user,
        session_longest=desktop.session_longest,
        session_idle=desktop.session_idle,
    )
