"""Numbers and lists as a person writes them."""

from collections.abc import Sequence

_SHOWN = 6


def number(value: float) -> str:
    """Give a number in up to six figures.

    >>> number(0.12), number(20.0), number(1234567.0)
    ('0.12', '20', '1.23457e+06')
    """
    return f"{value:.6g}"


def brief(value: float) -> str:
    """Give a number in two figures, as an error is told.

    >>> brief(0.0216), brief(8.4e-6)
    ('0.022', '8.4e-6')
    """
    return f"{value:.2g}".replace("e-0", "e-")


def counted(count: int, noun: str) -> str:
    """Give how many there are.

    >>> counted(1, "section"), counted(3, "section")
    ('1 section', '3 sections')
    """
    return f"{count} {noun}{'s' * (count != 1)}"


def listed(names: Sequence[str]) -> str:
    """Give names in a row, the first and last where there are many.

    >>> listed(["a", "b"]), listed([f"dend[{k}]" for k in range(20)])
    ('a, b', 'dend[0] to dend[19] (20)')
    """
    return ", ".join(names) if len(names) <= _SHOWN else f"{names[0]} to {names[-1]} ({len(names)})"
