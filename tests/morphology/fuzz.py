"""Broken morphologies by the thousand: `python -m tests.morphology.fuzz [COUNT] [--seed N]`.

Texts of all formats, random ones and the collection beside this checkout, are cut, spliced and sprinkled with what
does not belong. Each has to end in a morphology that gives sections, problems and files, or in a MorphologyError with
a line. Those that do not are kept in a folder.
"""

import argparse
import re
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from rheobase.morphology import Morphology, MorphologyError, load_morphology, read_neuroml, read_swc
from rheobase.morphology.write import swc_text
from rheobase.morphology.write_neuroml import neuroml_text
from tests.morphology.random_cells import (
    neuromorpho_swc,
    random_eutectic,
    random_neurolucida,
    random_neurolucida1,
    random_swc,
)

SHARED = Path(__file__).parents[3] / "shared" / "morphologies"
SLOWEST = 5.0  # s
_LONGEST = 20_000  # characters of a real file; longer ones are cut
_ODD = (
    "nan inf -inf 1e400 -1 0 1e-320 99999999999999999999 9" + "9" * 300 + " 1_000 0x10 1,5 ٣ é \0 \ufeff \x1a \r \n \t"
    " ( ) ((( ))) | < > \" ' ; # , [ ] & &amp; &lol; <!-- --> <![CDATA[ ]]> <!DOCTYPE <a> </a> / = ../../x CellBody"
    " Set RGB MTO BP SOS XX (Color (Axon) segment=\"0\" id=\"1\" fractionAlong=\"0.5\" <include"
).split(" ")  # fmt: skip


def main() -> None:
    """Break files and tell how each ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.morphology.fuzz", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("broken_morphologies"))
    options = parser.parse_args()
    warnings.simplefilter("error")
    ends: Counter[str] = Counter()
    slowest = 0.0
    for k, text in enumerate(broken(options.count, options.seed)):
        start = time.process_time()
        try:
            end = outcome(text)
        except Exception as error:  # noqa: BLE001  each is told of, and the next is tried
            end = f"FAILED with {type(error).__name__} at {_place(error)}: {str(error)[:80]!r}"
            options.keep.mkdir(exist_ok=True)
            (options.keep / f"{options.seed}_{k}.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
        ends[end] += 1
        slowest = max(slowest, time.process_time() - start)
    lines = [f"{count:6} {end}" for end, count in ends.most_common()]
    sys.stdout.write("\n".join([*lines, f"The slowest took {slowest:.2f} s."]) + "\n")
    sys.exit(any(end.startswith("FAILED") for end in ends))


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def broken(count: int, seed: int) -> Iterator[str]:
    """Give texts that were broken once or several times."""
    random = np.random.default_rng(seed)
    real = [path.read_text("latin-1") for path in sorted(SHARED.glob("*/*.*"))]
    for _ in range(count):
        text = whole(random, real)
        for _ in range(int(random.geometric(0.5))):
            text = CHANGES[int(random.integers(len(CHANGES)))](random, text)
        if random.random() < 0.1:
            text += whole(random, real)[int(random.integers(50)) :]
        yield text


def whole(random: np.random.Generator, real: list[str]) -> str:
    """Give a text of any format that can be read, or the beginning of one that is long."""
    if real and random.random() < 0.25:
        text = real[int(random.integers(len(real)))]
        return text if len(text) <= _LONGEST else text[: int(random.integers(1000, _LONGEST))]
    if random.random() < 0.25:
        return neuroml_text(read_swc(random_swc(random)))
    kinds = (random_swc, neuromorpho_swc, random_neurolucida, random_neurolucida1, random_eutectic)
    return kinds[int(random.integers(len(kinds)))](random)


def outcome(text: str) -> str:
    """Read a text, and tell how that ended.

    **Raises:** what a reader should not raise; `AssertionError` for a result that is not sound, or too late.
    """
    start = time.process_time()
    try:
        try:
            cell = load_morphology(text.encode("utf-8", "surrogatepass"))
        except MorphologyError as error:
            refused(error, text)
            return "refused"
        return sound(cell, text)
    finally:
        took = time.process_time() - start
        assert took < SLOWEST, f"{took:.1f} s for {len(text)} characters"


def refused(error: MorphologyError, text: str) -> None:
    """Check that an error says where and what."""
    lines = len(re.split("\r\n|\r|\n", text))
    assert error.line is None or 1 <= error.line <= lines, f"line {error.line} of {lines}: {error}"
    assert error.message
    assert len(str(error)) < 1000


def sound(cell: Morphology, text: str) -> str:
    """Check what can be asked of a morphology that was read, and tell whether there were problems."""
    lines = len(re.split("\r\n|\r|\n", text))
    samples = cell.samples
    assert (samples.parent < np.arange(len(samples))).all()
    assert np.isfinite(samples.xyz).all()
    assert np.isfinite(samples.diam).all()
    assert all(1 <= problem.line <= lines for problem in cell.problems)
    if any(problem.severity == "error" for problem in cell.problems):
        return "read with errors to decide on"
    sections = cell.sections
    assert all((section.points[:, 3] > 0).all() for section in sections)
    assert read_swc(swc_text(cell)).sections == sections
    assert len(read_neuroml(neuroml_text(cell)).sections) == len(sections)
    return "read with problems" if cell.problems else "read"


Change = Callable[[np.random.Generator, str], str]


def _cut(random: np.random.Generator, text: str) -> str:
    return text[: int(random.integers(len(text) + 1))]


def _without(random: np.random.Generator, text: str) -> str:
    start, stop = _span(random, text)
    return text[:start] + text[stop:]


def _twice(random: np.random.Generator, text: str) -> str:
    start, stop = _span(random, text)
    return text[:stop] + text[start:stop] * int(random.choice([1, 1, 50])) + text[stop:]


def _odd(random: np.random.Generator, text: str) -> str:
    """Put something else in the place of a word, or beside it."""
    words = list(re.finditer(r"[^\s()\"=]+", text))
    if not words:
        return text
    word = words[int(random.integers(len(words)))]
    new = str(_ODD[int(random.integers(len(_ODD)))])
    return text[: word.start()] + new + text[word.start() if random.random() < 0.3 else word.end() :]


def _number(random: np.random.Generator, text: str) -> str:
    """Put another number in the place of one."""
    numbers = list(re.finditer(r"-?\d+(?:\.\d+)?", text))
    if not numbers:
        return text
    number = numbers[int(random.integers(len(numbers)))]
    new = str(random.choice([0, -1, 1, 2, 3, 4, 7, 1e3, 1e-9, -0.5, round(random.normal(0, 9), 2)]))
    return text[: number.start()] + new.removesuffix(".0") + text[number.end() :]


def _line(random: np.random.Generator, text: str) -> str:
    """Lose a line."""
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[int(random.integers(len(lines)))]
    return "".join(lines)


def _swapped(random: np.random.Generator, text: str) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        a, b = random.integers(len(lines), size=2)
        lines[a], lines[b] = lines[b], lines[a]
    return "".join(lines)


def _nested(random: np.random.Generator, text: str) -> str:
    at = int(random.integers(len(text) + 1))
    sign = str(random.choice(["(", ")", "((1 2 3 4)", "<a>", "|", '"', "<", "[", "\n", "#", "9"]))
    return text[:at] + sign * int(random.choice([3, 300, 30_000])) + text[at:]


def _characters(random: np.random.Generator, text: str) -> str:
    letters = list(text)
    for _ in range(int(random.integers(1, 10)) if letters else 0):
        letters[int(random.integers(len(letters)))] = chr(
            int(random.choice([*range(32, 127), 0, 9, 10, 13, 233, 0x2028]))
        )
    return "".join(letters)


def _span(random: np.random.Generator, text: str) -> tuple[int, int]:
    start = int(random.integers(len(text) + 1))
    return start, start + int(random.choice([1, 3, 20, 200]))


CHANGES: tuple[Change, ...] = (
    *(_number,) * 6,
    *(_line, _swapped) * 2,
    _cut,
    _without,
    _twice,
    _odd,
    _nested,
    _characters,
)


if __name__ == "__main__":
    main()
