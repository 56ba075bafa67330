import math
import wave
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ivr.flow import Prompt, phrases_of
from ivr.load import FLOWS, load_flow
from prompts import AUDIO, MUSIC, Catalogue, CatalogueRefused, catalogue
from prompts.engines import (
    EngineMissing,
    Espeak,
    Kokoro,
    Piper,
    ended_chinese,
    joined_persian,
)
from prompts.music import tune
from prompts.sound import LOUDNESS, RATE, levelled, loudness, read, resampled, trimmed, write
from prompts.synth import Manifest, digest, main, render, stale

pytestmark = pytest.mark.unit

CATALOGUE = catalogue()
RECORDINGS = [(lang, key) for lang, keys in CATALOGUE.keys().items() for key in sorted(keys)]


def test_every_prompt_has_a_text_in_every_language() -> None:
    assert CATALOGUE.languages == ("en", "zh", "fa")
    for key, texts in CATALOGUE.prompts.items():
        assert set(texts) == {"en", "zh", "fa"}, key


def test_every_text_is_recorded_and_nothing_else_is_there() -> None:
    for language, keys in CATALOGUE.keys().items():
        assert {path.stem for path in (AUDIO / language).iterdir()} == keys


def test_every_recording_is_made_from_its_present_text() -> None:
    assert [key for lang in CATALOGUE.languages for key in stale(CATALOGUE, AUDIO, lang)] == []


def test_every_recording_is_a_telephone_wav_of_sane_length_and_loudness() -> None:
    for language, key in RECORDINGS:
        path = AUDIO / language / f"{key}.wav"
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            length = file.getnframes() / file.getframerate()
        text = CATALOGUE.texts(language)[key]
        assert shape == (8000, 1, 2), path
        assert 0.15 < length < 1.5 + 0.5 * len(text), (path, length)
        level = loudness(read(path))
        assert LOUDNESS * 0.6 < level < LOUDNESS * 1.2, (path, level)


def test_how_long_a_recording_lasts_is_told_from_its_size() -> None:
    lengths = CATALOGUE.lengths()

    assert set(lengths) == {f"{path.parent.name}/{path.stem}" for path in AUDIO.glob("??/*.wav")}
    for sound in ("en/menu-main", "zh/closed", "fa/apology"):
        with wave.open(str(AUDIO / f"{sound}.wav")) as file:
            exact = timedelta(seconds=file.getnframes() / file.getframerate())
        assert exact <= lengths[sound] < exact + timedelta(milliseconds=10)


def test_the_hold_music_is_a_telephone_wav() -> None:
    (path,) = MUSIC.glob("*.wav")
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() > 30 * 8000


def test_the_hold_music_is_what_the_composer_writes() -> None:
    recorded, composed = read(MUSIC / "hold.wav"), tune()

    assert len(recorded) == len(composed)
    worst = max(abs(left - right) for left, right in zip(recorded, composed, strict=True))
    assert worst < 2 / 32768


def test_the_hold_music_goes_round_without_a_click() -> None:
    recorded = read(MUSIC / "hold.wav")
    jumps = [abs(left - right) for left, right in pairwise(recorded)]

    assert abs(recorded[0] - recorded[-1]) <= max(jumps)


def test_all_recordings_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in AUDIO.rglob("*.wav")) < 15_000_000


def test_every_prompt_of_the_demo_flow_is_in_the_catalogue() -> None:
    flow = load_flow(FLOWS / "demo.yaml")
    used = {
        phrase.key
        for here in flow.steps.values()
        for phrase in phrases_of(here)
        if isinstance(phrase, Prompt)
    }

    assert used <= set(CATALOGUE.prompts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("languages = [", "is not TOML"),
        ('[prompts.a]\nen = "x"', "languages: is missing"),
        ('languages = ["en"]', "prompts: is missing"),
        ('languages = ["en", "zh"]\n[prompts.a]\nen = "x"', "prompts.a.zh: has no text"),
        ('languages = ["en"]\n[prompts.a]\nen = " "', "prompts.a.en: has no text"),
        ('languages = ["en"]\n[prompts.a]\nen = "x"\nxx = "y"', "prompts.a.xx: is not a language"),
        ('languages = ["en"]\n[prompts."../a"]\nen = "x"', "cannot be a file name"),
        ('languages = ["en"]\nother = 1\n[prompts.a]\nen = "x"', "other: is not known"),
        ('languages = ["en"]\n[prompts]\na = "x"', "prompts.a: must be a table"),
        ('languages = ["en"]\n[prompts.a]\nen = "x"\n[words.en]\na = "y"', "is a prompt as well"),
    ],
)
def test_a_faulty_catalogue_is_refused_with_place_and_remedy(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CatalogueRefused) as refused:
        catalogue(path)

    assert message in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_catalogue_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueRefused, match="cannot be read"):
        catalogue(tmp_path / "none.toml")


class Tone:
    """An engine that hums, so that the way from text to file is tested without a synthesiser."""

    name = "tone"

    def render(self, text: str, target: Path) -> None:
        write(target, hum(0.3, 0.05, before=0.5, after=0.5))


def hum(length: float, level: float, *, before: float = 0.0, after: float = 0.0) -> list[float]:
    wave_form = [level if at // 10 % 2 else -level for at in range(int(length * RATE))]
    return [0.0] * int(before * RATE) + wave_form + [0.0] * int(after * RATE)


def test_silence_around_the_speech_is_cut_and_a_breath_left() -> None:
    samples = trimmed(hum(0.3, 0.5, before=1, after=1))

    assert 0.3 < len(samples) / RATE < 0.45


def test_silence_alone_is_left_as_it_is() -> None:
    assert trimmed([0.0] * 100) == [0.0] * 100
    assert levelled([0.0] * 100) == [0.0] * 100
    assert loudness([]) == 0.0


@pytest.mark.parametrize("level", [0.001, 0.05, 0.9])
def test_quiet_and_loud_speech_come_out_alike(level: float) -> None:
    samples = levelled(hum(0.5, level))

    assert loudness(samples) == pytest.approx(LOUDNESS, rel=0.02)


def test_no_peak_leaves_full_scale() -> None:
    spike = hum(0.5, 0.01)
    spike[100] = 1.0

    assert max(map(abs, levelled(spike))) < 0.9


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)

    with pytest.raises(ValueError, match="not mono 16 bit"):
        read(path)


@pytest.mark.parametrize("rate", [16000, 22050, 24000])
@pytest.mark.parametrize(
    ("pitch", "level"), [(300, 1.0), (3000, 1.0), (3400, 1.0), (4500, 0.0), (6000, 0.0)]
)
def test_what_a_telephone_carries_is_kept_and_what_would_fold_back_is_not(
    rate: int, pitch: int, level: float
) -> None:
    tone = [math.sin(2 * math.pi * pitch * at / rate) for at in range(rate // 2)]

    middle = resampled(tone, rate)[800:-800]

    assert len(resampled(tone, rate)) == pytest.approx(4000, abs=1)
    strength = math.sqrt(2 * sum(sample * sample for sample in middle) / len(middle))
    assert strength == pytest.approx(level, abs=0.02)


def test_a_rendering_is_trimmed_and_levelled_and_twice_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "en" / "a.wav", tmp_path / "en" / "b.wav"
    render(Tone(), "anything", first)
    render(Tone(), "anything", second)

    assert first.read_bytes() == second.read_bytes()
    assert loudness(read(first)) == pytest.approx(LOUDNESS, rel=0.02)
    assert 0.3 < len(read(first)) / RATE < 0.45


def test_what_is_missing_is_rendered_noted_and_what_is_gone_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Catalogue(
        languages=("en",), prompts={"hello": {"en": "Hello."}}, words={"en": {"digit-1": "one"}}
    )
    monkeypatch.setattr("prompts.synth.catalogue", lambda: small)
    monkeypatch.setattr("prompts.synth.ENGINES", {"kokoro": lambda _: Tone()})
    Manifest(tmp_path / "manifest.json").note("en", "old", "Old.", "tone")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "old.wav").touch()

    assert main(["--audio", str(tmp_path), "--language", "en"]) == 0

    assert stale(small, tmp_path, "en") == {}
    assert not (tmp_path / "en" / "old.wav").exists()
    assert small.recorded(tmp_path) == {"en": {"hello", "digit-1"}}


def test_a_missing_engine_ends_the_run_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["--audio", str(tmp_path), "--language", "fa"]) == 1
    assert "apt install espeak-ng" in capsys.readouterr().out


def test_chinese_words_are_closed_like_sentences() -> None:
    assert ended_chinese("四") == "四。"
    assert ended_chinese("请稍候。") == "请稍候。"


def test_persian_numbers_are_joined_as_they_are_spoken() -> None:
    assert joined_persian("بیست و یک") == "بیستُ یک"
    assert joined_persian("صد و") == "صدُ"
    assert joined_persian("یک و دو، سه.") == "یک و دو، سه."


def test_a_changed_text_makes_its_recording_stale(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.json")
    (tmp_path / "en").mkdir()
    for key, text in CATALOGUE.texts("en").items():
        (tmp_path / "en" / f"{key}.wav").touch()
        manifest.entries.setdefault("en", {})[key] = {"text": digest(text), "by": "tone"}
    manifest.note("en", "welcome", "Another text.", "tone")
    (tmp_path / "en" / "closed.wav").unlink()

    assert set(stale(CATALOGUE, tmp_path, "en")) == {"welcome", "closed"}


def test_what_left_the_catalogue_is_forgotten(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.json")
    manifest.note("en", "old", "Old.", "tone")
    manifest.note("en", "new", "New.", "tone")

    assert Manifest(tmp_path / "manifest.json").forget_all_but("en", ["new"]) == ["old"]
    assert set(Manifest(tmp_path / "manifest.json").entries["en"]) == {"new"}


def test_the_check_tells_what_is_stale_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", "--audio", str(tmp_path), "--language", "fa"]) == 1
    assert f"fa: {len(CATALOGUE.texts('fa'))} to render" in capsys.readouterr().out
    assert main(["--check"]) == 0


def test_an_unknown_engine_is_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--engine", "en=parrot"])

    assert "espeak, kokoro, piper" in capsys.readouterr().err


@pytest.mark.parametrize(("engine", "language"), [(Kokoro, "fa"), (Piper, "zh")])
def test_an_engine_without_the_language_says_so(
    engine: type[Kokoro] | type[Piper], language: str
) -> None:
    with pytest.raises(EngineMissing, match=language):
        engine(language)


def test_an_engine_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EngineMissing, match="apt install"):
        Espeak("fa")
