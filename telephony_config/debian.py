"""Fetches Debian packages into a private folder: no root rights, no chroot, no system change.

apt resolves and downloads with its own state and an empty status file, checking the archive's
signatures as always; ``dpkg-deb`` unpacks. A program is then run through the folder's own dynamic
loader, so it never meets the system's libraries. See ``asterisk.md`` and ADR 0005 for why.
"""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from telephony_config.apt_sources import ArchiveSource, debian_archive, read_sources
from telephony_config.errors import AptMissing, FetchFailed

ETC_APT = Path("/etc/apt")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MARKER = ".parley-packages.json"
SUITE = "unstable"  # Debian's stable releases carry no Asterisk
APT_TIME_LIMIT = timedelta(minutes=30)
UNPACK_TIME_LIMIT = timedelta(minutes=5)
UNPACKERS = 2
ASTERISK_PACKAGES = (
    "asterisk",
    "asterisk-modules",
    "asterisk-core-sounds-en-wav",
    "asterisk-moh-opsound-wav",
    "sip-tester",
)
ALTERNATIVES = (
    "Instead of fetching it: install Asterisk 22 or newer by your system's own means, named in "
    "[asterisk] of the site file (binary, modules, data); or use one that runs already "
    "(PARLEY_ASTERISK_URL, PARLEY_ASTERISK_PASSWORD); or run Parley on Debian 12 or newer."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a fetch is: ``done`` of ``total`` in the steps of ``stage``."""

    stage: str
    done: int
    total: int


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Report to nobody."""


def default_cache() -> Path:
    """Where private programs are kept unless the settings say otherwise."""
    return Path.home() / ".cache" / "parley"


def installed(root: Path) -> Mapping[str, str]:
    """Name and version of each package unpacked in ``root``; empty if none or not complete."""
    try:
        packages = json.loads((root / MARKER).read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return {}
    return dict(packages)


def has(root: Path, packages: Sequence[str]) -> bool:
    """Tell whether ``root`` is complete and holds all of ``packages``."""
    return set(packages) <= installed(root).keys()


def fetch(
    packages: Sequence[str], into: Path, progress: Report = silent, *, etc: Path = ETC_APT
) -> Path:
    """Make ``into`` hold ``packages`` and all they need; at once when it already does.

    Interrupted, it goes on where it stopped when called again; ``into`` itself is only ever absent,
    complete or replaced by a complete one. Two processes may call it at the same time.
    """
    if has(into, packages):
        return into
    into.parent.mkdir(parents=True, exist_ok=True)
    work = into.parent / f".{into.name}.fetching"
    with _locked(into.parent / f".{into.name}.lock"):
        if has(into, packages):  # another process was faster
            return into
        wanted = sorted({*packages, *installed(into)})
        archives = _download(wanted, work, progress, etc)
        fresh = work / "root"
        shutil.rmtree(fresh, ignore_errors=True)
        _unpack(archives, fresh, progress)
        versions = dict(sorted(_name_and_version(path) for path in archives))
        (fresh / MARKER).write_text(json.dumps({"suite": SUITE, "packages": versions}, indent=1))
        old = work / "old"
        if into.exists():
            into.rename(old)
        fresh.rename(into)
        shutil.rmtree(work)
    return into


def fetch_asterisk(into: Path, progress: Report = silent, *, etc: Path = ETC_APT) -> Path:
    """Make ``into`` hold Asterisk and SIPp; where that fails, say what else can be done."""
    try:
        return fetch(ASTERISK_PACKAGES, into, progress, etc=etc)
    except (AptMissing, FetchFailed) as error:
        raise type(error)(f"{error}\n{ALTERNATIVES}") from error


def command(root: Path, binary: str) -> list[str]:
    """Give the words that run ``binary`` of ``root`` with the libraries of ``root``."""
    loader = _only(root, ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/ld-linux-aarch64.so.1"))
    return [str(loader), "--library-path", str(library_dir(root)), str(root / binary)]


def library_dir(root: Path) -> Path:
    """Find the folder of shared libraries, which is named after the machine's architecture."""
    return _only(root, ("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"))


def _only(root: Path, names: Sequence[str]) -> Path:
    for name in names:
        if (root / name).exists():
            return root / name
    raise FetchFailed(f"{root} is not a complete set of Debian packages; delete it and try again")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def archive_of(etc: Path) -> ArchiveSource:
    """Name the Debian archive this machine uses, or say what else can be done."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise AptMissing(f"This machine has no {program}.")
    archive = debian_archive(read_sources(etc))
    if archive is None:
        raise AptMissing(f"No apt source below {etc} names the Debian archive.")
    return archive


def _download(packages: Sequence[str], work: Path, progress: Report, etc: Path) -> list[Path]:
    archive = archive_of(etc)
    for name in ("lists/partial", "archives/partial", "log"):
        (work / name).mkdir(parents=True, exist_ok=True)
    (work / "status").write_text("")
    key = archive.signed_by or KEYRING
    (work / "sources.list").write_text(f"deb [signed-by={key}] {archive.uri} {SUITE} main\n")
    settings = work / "apt.conf"
    settings.write_text(_apt_settings(work))
    progress(Progress(stage="read the archive's index", done=0, total=1))
    _apt(settings, ["update"], None)
    progress(Progress(stage="read the archive's index", done=1, total=1))
    plan = _apt(settings, ["install", "--print-uris", *packages], None)
    names = [line.split()[1] for line in plan.splitlines() if line.startswith("'")]
    _apt(settings, ["install", "--download-only", *packages], progress)
    # --print-uris leaves out what is already downloaded: take what the plan needs from the folder
    archives = sorted((work / "archives").glob("*.deb"))
    missing = [name for name in names if not (work / "archives" / name).exists()]
    if missing or not archives:
        raise FetchFailed(f"apt did not download {', '.join(missing) or 'anything'}; try again")
    return archives


def _apt_settings(work: Path) -> str:
    return f"""\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Dir::State "{work}";
Dir::State::lists "{work}/lists";
Dir::State::status "{work}/status";
Dir::State::extended_states "{work}/extended_states";
Dir::Cache "{work}";
Dir::Cache::archives "{work}/archives";
Dir::Log "{work}/log";
Dir::Etc::sourcelist "{work}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
APT::Keep-Downloaded-Packages "true";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
APT::Get::AllowUnauthenticated "false";
Acquire::Retries "3";
Acquire::Languages "none";
"""


def _apt(settings: Path, words: Sequence[str], progress: Report | None) -> str:
    reading, writing = os.pipe()
    line = ["apt-get", "-q", "-c", str(settings), "-o", f"APT::Status-Fd={writing}", *words]
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    with (settings.parent / "apt.out").open("w+") as out:
        process = subprocess.Popen(  # noqa: S603 - fixed words and package names
            line,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=(writing,),
            env=environment,
        )
        os.close(writing)
        try:
            with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
                for status in lines:
                    if progress is not None and status.startswith("dlstatus:"):
                        percent = int(float(status.split(":")[2]))
                        progress(Progress(stage="download", done=percent, total=100))
            code = process.wait(APT_TIME_LIMIT.total_seconds())
        except BaseException:
            process.terminate()
            process.wait()
            raise
        out.seek(0)
        said = out.read()
    if code != 0:
        errors = [text for text in said.splitlines() if text.startswith(("E:", "Err:"))]
        raise FetchFailed(
            f"apt-get {words[0]} failed ({code}): {' '.join(errors[:3]) or said[-300:]}\n"
            "Check that this machine reaches its Debian archive, then run the same again."
        )
    return said


def _unpack(archives: Sequence[Path], root: Path, progress: Report) -> None:
    root.mkdir(parents=True)
    with ThreadPoolExecutor(UNPACKERS) as pool:
        for done, _ in enumerate(pool.map(lambda path: _unpack_one(path, root), archives), 1):
            progress(Progress(stage="unpack", done=done, total=len(archives)))


def _unpack_one(archive: Path, root: Path) -> None:
    result = subprocess.run(  # noqa: S603 - fixed words
        ["dpkg-deb", "-x", str(archive), str(root)],  # noqa: S607 - checked by archive_of
        capture_output=True,
        text=True,
        check=False,
        timeout=UNPACK_TIME_LIMIT.total_seconds(),
    )
    if result.returncode != 0:
        archive.unlink(missing_ok=True)  # so that the next try downloads it again
        raise FetchFailed(f"Cannot unpack {archive.name}: {result.stderr.strip()}; try again")


def _name_and_version(archive: Path) -> tuple[str, str]:
    name, version, _ = archive.stem.split("_")
    return name, version.replace("%3a", ":")
