"""Python packages in layers: one folder in the cache for each locked list, shared by checkouts.

``.venv`` in the checkout is a virtual environment that holds only a ``.pth`` file naming the layers
and the checkout. So a second clone is ready at once, and an interrupted download goes on.
"""

import platform
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tools.places import ROOT, cache, key, key_of_files, locked
from tools.say import Step, Trouble, step

VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
COMPLETE: Final = ".complete"
OLDEST: Final = (3, 11)
TITLES: Final = {
    "run": "Python packages",
    "dev": "Python packages for tests",
    "node": "Node from a Python package, as the system has none from 20 on",
}
LISTS: Final = {
    "run": "requirements.txt",
    "dev": "requirements-dev.txt",
    "node": "requirements-node.txt",
}


def check_python() -> None:
    """Refuse a Python that is too old, naming what to install."""
    if sys.version_info < OLDEST:
        found = platform.python_version()
        raise Trouble(
            f"Parley needs Python 3.11 or newer; {sys.executable} is {found}. "
            "On Debian 12: apt-get install python3. Elsewhere: make PYTHON=/path/to/python3.11 …"
        )


def layer(name: str) -> Path:
    """Give the folder of one locked list, made first if need be."""
    folder = _folder(name)
    if has_layer(name):
        return folder
    with locked(f"python-{name}"), step(TITLES[name]) as line:
        if not has_layer(name):
            _install(ROOT / LISTS[name], folder, line)
    return folder


def has_layer(name: str) -> bool:
    """Tell whether the layer is made."""
    return (_folder(name) / COMPLETE).exists()


def _folder(name: str) -> Path:
    machine = (
        sysconfig.get_platform(),
        "".join(platform.libc_ver()),
        sysconfig.get_python_version(),
    )
    return cache() / "python" / f"{name}-{key_of_files([ROOT / LISTS[name]], *machine)}"


def _install(wanted: Path, folder: Path, line: Step) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    total = sum(" --hash" not in each and "==" in each for each in wanted.read_text().splitlines())
    words = [
        *pip_command(line.now), "install", "--target", str(part), "--no-deps", "--require-hashes",
        "--only-binary", ":all:", "--disable-pip-version-check", "--no-input", "--no-user",
        "--progress-bar", "off", "--root-user-action", "ignore", "--requirement", str(wanted),
    ]  # fmt: skip
    said: list[str] = []
    seen = 0
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    ) as pip:
        assert pip.stdout is not None
        for text in pip.stdout:
            said.append(text)
            seen += text.startswith("Collecting ")
            line.now(
                "installing" if text.startswith("Installing ") else f"{seen} of {total} fetched"
            )
    if pip.returncode != 0:
        raise Trouble(
            f"pip could not install {wanted.name}:\n  {'  '.join(said[-8:])}"
            "Check that this machine reaches a Python package index, then run the same again."
        )
    (part / COMPLETE).touch()
    part.rename(folder)


def pip_command(tell: Callable[[str], None]) -> list[str]:
    """Find a pip: the interpreter's own, Debian's wheel of it, or that wheel fetched privately."""
    probe = [sys.executable, "-m", "pip", "--version"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return [sys.executable, "-m", "pip"]
    for wheels in (_ensurepip_wheels(), [*Path("/usr/share/python-wheels").glob("pip-*.whl")]):
        if wheels:
            return [sys.executable, f"{wheels[-1]}/pip"]
    tell("fetching pip from Debian's archive")
    from telephony_config import debian
    from telephony_config.errors import TelephonyConfigError

    try:
        root = debian.fetch(["python3-pip-whl"], cache() / "pip")
    except TelephonyConfigError as error:
        raise Trouble(
            f"This Python has no pip, and it could not be fetched: {error}\n"
            "Install it (Debian: apt-get install python3-venv) and run the same again."
        ) from error
    found = sorted((root / "usr/share/python-wheels").glob("pip-*.whl"))
    return [sys.executable, f"{found[-1]}/pip"]


def _ensurepip_wheels() -> list[Path]:
    try:
        import ensurepip
    except ImportError:
        return []
    return sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))


def environment(names: Sequence[str]) -> Path:
    """Make ``.venv`` see the layers ``names`` and this checkout; gives its interpreter."""
    check_python()
    lines = [str(ROOT)]
    keys = []
    for name in names:
        lines.append(f"import site; site.addsitedir({str(layer(name))!r})")
        keys.append(key(sys.executable, sys.version, *lines))
    stamp = VENV / ".parley"
    if stamp.exists() and keys[-1] in stamp.read_text().split():
        return PYTHON  # with more layers than asked for, perhaps
    if VENV.exists() and not stamp.exists():
        raise Trouble(f"{VENV} was not made by make. Move it away and run the same again.")
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=False, symlinks=True, prompt="parley")
    site = next((VENV / "lib").glob("python3*/site-packages"))
    (site / "parley.pth").write_text("\n".join(lines) + "\n")
    command = VENV / "bin" / "parley"
    command.write_text(f"#!{PYTHON}\nimport sys\n\nfrom cti.cli import main\n\nsys.exit(main())\n")
    command.chmod(0o755)
    stamp.write_text("\n".join(keys) + "\n")
    return PYTHON
