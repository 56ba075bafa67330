"""Where Asterisk's programs and data are, and the folders one instance needs."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telephony_config import debian
from telephony_config.control import LONGEST_PATH
from telephony_config.errors import AsteriskFailed
from telephony_config.model import Site

FOLDERS: Final = ("etc", "var/cache", "var/keys", "spool", "recordings", "log", "data/sounds")
RUN_PREFIX: Final = "parley-run-"
ENGLISH: Final = ("en", "en_US_f_Allison", "en_US")
"""Names of the English prompts: packages leave the link ``en`` to their install scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An Asterisk on this machine: the words that run it, its modules and its data."""

    run: tuple[str, ...]
    modules: Path
    data: Path


def installation(site: Site, root: Path) -> Installation:
    """Give the system's Asterisk when the site names one, else the one unpacked in ``root``."""
    if site.asterisk is not None:
        system = site.asterisk
        return Installation(run=(str(system.binary),), modules=system.modules, data=system.data)
    return Installation(
        run=tuple(debian.command(root, "usr/sbin/asterisk")),
        modules=debian.library_dir(root) / "asterisk" / "modules",
        data=root / "usr" / "share" / "asterisk",
    )


def api_docs_dir(root: Path) -> Path:
    """Find the API description (``resources.json``, ``events.json``, …) that Asterisk ships."""
    return root / "usr" / "share" / "asterisk" / "rest-api"


def lay_out(
    folder: Path, installed: Installation, prompts: Path | None, recordings: Path | None
) -> None:
    """Make the instance's folders; link sounds and music in, and recordings out."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if recordings is not None:
        recordings.mkdir(parents=True, exist_ok=True)
    _link(folder / "spool" / "recording", recordings or folder.resolve() / "recordings")
    sounds = installed.data / "sounds"
    english = next((sounds / name for name in ENGLISH if (sounds / name).is_dir()), None)
    own_music = prompts / "music" if prompts is not None else None
    places = [place for place in (installed.data / "moh", own_music) if place is not None]
    music = next((place for place in places if any(place.glob("*.wav"))), None)
    if english is None or music is None:
        raise AsteriskFailed(
            f"{installed.data} lacks English prompts (sounds/en) or hold music (moh); "
            "install Asterisk's core sounds and music packages"
        )
    data = folder / "data"
    _link(data / "sounds" / "en", english)
    _link(data / "moh", music.resolve())
    _link(data / "documentation", installed.data / "documentation")
    if prompts is not None:
        _link(data / "sounds" / "parley", prompts.resolve())


def run_dir(folder: Path) -> Path:
    """Give the folder of the control socket: a short path, because sockets allow no long ones."""
    run = folder / "run"
    if len(str(run)) > LONGEST_PATH - len("/asterisk.ctl"):
        return Path(tempfile.mkdtemp(prefix=RUN_PREFIX))
    run.mkdir(exist_ok=True)
    return run


def entity_id(node: str) -> str:
    """Derive the instance's entity id, which Asterisk would else take from a network card."""
    digest = hashlib.sha256(node.encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)
