"""Rendered speech into telephone recordings: 8 kHz, mono, 16 bit, trimmed and of one loudness.

Plain arithmetic, so the same input gives the same file on every machine.
"""

import math
import wave
from array import array
from operator import mul
from pathlib import Path
from typing import Final

RATE: Final = 8000
LOUDNESS: Final = 10 ** (-20 / 20)
"""The mean level of the spoken parts: -20 dB of full scale, usual for telephone prompts."""
PEAK: Final = 10 ** (-1.5 / 20)
FRAME: Final = RATE // 100
QUIET: Final = 10 ** (-45 / 20)
BAND: Final = 3700.0
LOBES: Final = 24
LEAD: Final = RATE * 3 // 100
TAIL: Final = RATE * 8 // 100


def read(path: Path) -> list[float]:
    """Read a mono 16-bit WAV of any rate as numbers from -1 to 1 at 8 kHz."""
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path} is not mono 16 bit")
        rate = file.getframerate()
        samples = array("h", file.readframes(file.getnframes()))
    return resampled([sample / 32768 for sample in samples], rate)


def resampled(samples: list[float], rate: int) -> list[float]:
    """Bring to 8 kHz by a windowed sinc; what a telephone cannot carry is filtered out."""
    if rate == RATE:
        return samples
    cut = min(BAND, rate / 2) / rate  # in cycles a sample
    reach = math.ceil(LOBES / (2 * cut))
    padded = [0.0] * reach + samples + [0.0] * (reach + 1)
    kernels: dict[int, list[float]] = {}
    result = []
    for at in range(len(samples) * RATE // rate):
        whole, part = divmod(at * rate, RATE)
        if part not in kernels:
            kernels[part] = _kernel(cut, reach, part / RATE)
        window = padded[whole : whole + 2 * reach]
        result.append(sum(map(mul, window, kernels[part])))
    return result


def _kernel(cut: float, reach: int, part: float) -> list[float]:
    taps = []
    for at in range(-reach, reach):
        away = at - part
        turn = 2 * math.pi * cut * away
        sinc = 2 * cut * (math.sin(turn) / turn if turn else 1.0)
        taps.append(sinc * (0.5 + 0.5 * math.cos(math.pi * away / (reach + 1))))
    scale = sum(taps)
    return [tap / scale for tap in taps]


def write(path: Path, samples: list[float]) -> None:
    """Write as mono 16-bit WAV at 8 kHz."""
    clipped = (max(-1.0, min(1.0, sample)) for sample in samples)
    frames = array("h", (round(sample * 32767) for sample in clipped))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(frames.tobytes())


def trimmed(samples: list[float]) -> list[float]:
    """Cut the silence around the speech, leave a breath, and fade the cuts."""
    peak = max((abs(sample) for sample in samples), default=0.0)
    loud = [at for at, sample in enumerate(samples) if abs(sample) > peak * QUIET * 2]
    if not loud:
        return samples
    kept = samples[max(0, loud[0] - LEAD) : loud[-1] + TAIL]
    for at in range(min(FRAME, len(kept))):
        kept[at] *= at / FRAME
        kept[-1 - at] *= at / FRAME
    return kept


def loudness(samples: list[float]) -> float:
    """The root mean square of the frames in which there is speech."""
    levels = [
        sum(sample * sample for sample in samples[at : at + FRAME]) / FRAME
        for at in range(0, len(samples) - FRAME + 1, FRAME)
    ]
    if not levels:
        return 0.0
    floor = max(levels) * 0.01
    spoken = [level for level in levels if level >= floor]
    return math.sqrt(sum(spoken) / len(spoken))


def levelled(samples: list[float]) -> list[float]:
    """Bring the speech to the common loudness; peaks beyond full scale are bent, not cut."""
    level = loudness(samples)
    if level == 0.0:
        return samples
    gain = LOUDNESS / level
    return [_bent(sample * gain) for sample in samples]


def _bent(sample: float) -> float:
    knee = PEAK * 0.7
    size = abs(sample)
    if size <= knee:
        return sample
    room = PEAK - knee
    return math.copysign(knee + room * math.tanh((size - knee) / room), sample)
