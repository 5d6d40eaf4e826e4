"""Numbers rounded to float32 from their digits, as C reads them.

A number that is read as float64 and rounded again ends on the other side where float64 fell just between two float32.
Files in which another program averaged float32 coordinates are full of such numbers.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from rheobase.morphology.samples import Floats


def rounded_once(places: Floats, words: Callable[[int], Sequence[str]]) -> Floats:
    """Give a table's numbers as float32 (kept as float64).

    **Arguments:** `places`, the numbers as float64 has them; `words` of one row, as they stand in the file.

    >>> word = "-16.00999927520752"  # float64 has exactly the middle of two float32
    >>> float(np.float32(float(word))), rounded_once(np.array([[float(word)]]), lambda row: [word]).item()
    (-16.009998321533203, -16.010000228881836)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        near = places.astype(np.float32)
        gap = places - near
        other = np.nextafter(near, np.where(gap > 0, np.inf, -np.inf).astype(np.float32))
        between = (gap != 0) & (2 * gap == other.astype(float) - near)
    rounded = near.astype(float)
    for row, column in np.argwhere(between).tolist():
        exact, middle = Fraction(words(row)[column]), Fraction(places[row, column])
        if exact != middle:
            ends = sorted((float(near[row, column]), float(other[row, column])))
            rounded[row, column] = ends[exact > middle]
    return rounded
