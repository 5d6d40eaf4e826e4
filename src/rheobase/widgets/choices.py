"""What a person can choose among, by name, as the browser lists it."""

from collections.abc import Iterable, Mapping
from typing import Any

Told = Mapping[str, tuple[str, str]]
"""By name: what a choice is called, and what it does or how it is written."""


def choices(told: Told, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The choices that `told` tells of, or those of `names`, in order.

    >>> choices({"linear": ("Linear", "a + b p")})
    [{'name': 'linear', 'title': 'Linear', 'doc': 'a + b p'}]
    """
    return [
        {"name": name, "title": title, "doc": doc}
        for name in (told if names is None else names)
        for title, doc in [told[name]]
    ]
