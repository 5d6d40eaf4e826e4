"""Array sizes that recur, so that models of similar size share one compiled program."""


def recurring_size(n: int) -> int:
    """The smallest recurring size that holds `n` elements.

    Sizes up to 4 are kept; above, there are eight to an octave, so padding costs 6% on average and
    a change of `nseg` or morphology usually finds a compiled program.

    >>> [recurring_size(n) for n in (0, 1, 3, 7, 9, 17, 301, 1551)]
    [0, 1, 3, 7, 9, 18, 320, 1664]
    """
    if n <= 4:
        return n
    grain = 1 << max(0, (n - 1).bit_length() - 4)
    return -(-n // grain) * grain
