"""The sites and runtimes whose rendered files are kept in ``golden/``.

``python -m tests.unit.telephony_config.golden_sites --regenerate`` writes them anew; look at the
difference before you commit it.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

from telephony_config.load import load_site
from telephony_config.model import (
    Addresses,
    Number,
    Outbound,
    Ports,
    Site,
    Tls,
    ToEcho,
    Transport,
    Trunk,
    TrunkByAddress,
    TrunkByPassword,
)
from telephony_config.render import DialDaemon, Runtime, render

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
DEMO = HERE.parents[2] / "telephony_config" / "demo_site.toml"


def runtime(site: Site, *, dial_daemon: DialDaemon | None = None) -> Runtime:
    home = Path("/srv/parley/asterisk")
    return Runtime(
        node="parley",
        entity_id="02:01:02:03:04:05",
        etc=home / "etc",
        modules=Path("/srv/cache/modules"),
        data=home / "data",
        var=home / "var",
        spool=home / "spool",
        run=home / "run",
        log=home / "log",
        ports=site.ports,
        ari_user="parley",
        ari_password="not-a-secret",
        dial_daemon=dial_daemon,
    )


def carrier_site() -> Site:
    """A site with all the rest: trunks of each kind, TLS, NAT, outbound calls."""
    return replace(
        load_site(DEMO),
        region="IR",
        ports=Ports(sip_tls=5061),
        addresses=Addresses(
            bind="0.0.0.0", external="203.0.113.9", local_networks=(ip_network("10.0.0.0/8"),)
        ),
        tls=Tls(certificate=Path("/srv/parley/cert.pem"), key=Path("/srv/parley/key.pem")),
        trunks=(
            Trunk(
                id="carrier",
                identify=TrunkByAddress(addresses=(ip_network("203.0.113.64/28"),)),
                server="sip.example.net",
                codecs=("alaw",),
            ),
            Trunk(
                id="registered",
                identify=TrunkByPassword(user="shop", password="semi;colon", register=True),
                server="192.0.2.1:5080",
                number="5001",
            ),
            Trunk(
                id="secure",
                identify=TrunkByPassword(
                    user="+982155501234",
                    password="x",
                    register=True,
                    addresses=(ip_network("198.51.100.7"),),
                ),
                server="sip.example.com",
                transport=Transport.TLS,
                srtp=True,
            ),
            Trunk(
                id="pbx",
                identify=TrunkByPassword(user="pbx", password="secret"),
                region="CN",
            ),
        ),
        numbers=(
            *load_site(DEMO).numbers,
            Number(dnis="+982155501234", label="Tehran", language="fa", target=ToEcho()),
        ),
        outbound=Outbound(trunk="carrier", allowed=("+98", "0")),
    )


def rendered() -> Mapping[str, Mapping[str, str]]:
    demo, carrier = load_site(DEMO), carrier_site()
    daemon = DialDaemon(uri="ws://127.0.0.1:8099/ari", user="asterisk", password="not-a-secret")
    return {
        "demo": render(demo, runtime(demo)),
        "carrier": render(carrier, runtime(carrier, dial_daemon=daemon)),
    }


def regenerate() -> None:
    for site, files in rendered().items():
        folder = GOLDEN / site
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--regenerate"]:
        sys.exit(__doc__)
    regenerate()
