"""Composes the hold music: a quiet round of broken chords. Ours, so there is no licence to heed.

    python -m prompts.music

Additive synthesis in plain arithmetic; the same file on every machine. It ends as it begins, so
it can go round and round.
"""

import math
import sys
from itertools import cycle, islice
from typing import Final

from prompts import MUSIC
from prompts.sound import RATE, write

BEAT: Final = 0.5
CHORDS: Final = (
    (57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 67),
    (57, 60, 64, 69), (53, 57, 62, 65), (50, 57, 60, 65), (55, 59, 62, 65),
)  # fmt: skip
PATTERN: Final = (0, 2, 1, 3, 2, 3, 1, 2)
MELODY: Final = (76, 74, 72, 74, 76, 79, 77, 74)
PARTIALS: Final = ((1, 1.0, 2.2), (2, 0.35, 3.5), (3, 0.12, 5.0), (4, 0.05, 7.0))
LEVEL: Final = 10 ** (-26 / 20)


def note(pitch: int, length: float, level: float) -> list[float]:
    """One struck note: partials that die away, the higher the faster."""
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    samples = []
    for at in range(int(length * RATE)):
        time = at / RATE
        attack = min(1.0, time / 0.012)
        release = min(1.0, (length - time) / 0.05)
        tone = sum(
            share * math.exp(-decay * time) * math.sin(2 * math.pi * frequency * many * time)
            for many, share, decay in PARTIALS
        )
        samples.append(level * attack * release * tone)
    return samples


def tune() -> list[float]:
    """The whole round."""
    length = len(CHORDS) * len(PATTERN) * BEAT
    samples = [0.0] * int(length * RATE)
    beats = [(chord, turn) for chord in CHORDS for turn in PATTERN]
    for at, (chord, turn) in enumerate(beats):
        _add(samples, note(chord[turn] + (12 if at % 16 == 15 else 0), 1.6, 0.5), at)
        if at % len(PATTERN) == 0:
            _add(samples, note(chord[0] - 12, 3.8, 0.6), at)
    for at, pitch in enumerate(islice(cycle(MELODY), len(CHORDS))):
        _add(samples, note(pitch, 2.5, 0.35), at * len(PATTERN) + 4)
    peak = math.sqrt(sum(sample * sample for sample in samples) / len(samples))
    return [sample * LEVEL / peak for sample in samples]


def _add(samples: list[float], sound: list[float], beat: int) -> None:
    start = int(beat * BEAT * RATE)
    for at, sample in enumerate(sound):
        samples[(start + at) % len(samples)] += sample  # what outlasts the end rings in the start


def main() -> int:
    """Write the music where Asterisk's class looks for it."""
    MUSIC.mkdir(parents=True, exist_ok=True)
    write(MUSIC / "hold.wav", tune())
    return 0


if __name__ == "__main__":
    sys.exit(main())
