"""Statements about sections, gathered into loops."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rheobase.share.neuron.attributes import Attributes


@dataclass
class _Loop:
    names: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    whole: bool = False


class Loops:
    """Statements, each about some sections, in an order in which later ones hold.

    A statement joins an earlier loop over the same sections unless one between sets the same for some of them.
    """

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._loops: list[_Loop] = []

    def __bool__(self) -> bool:
        return bool(self._loops)

    def add(self, names: Iterable[str], key: str, line: str, after: str = "") -> None:
        """Add a statement in which `{sec}` stands for the section.

        **Arguments:** `key`: what it sets; `after`: the key of what must have been done before.
        """
        members = tuple(names)
        if not members:
            return
        for loop in reversed(self._loops):
            if loop.names == members and not loop.whole:
                loop.lines.append(line)
                loop.keys.add(key)
                return
            if loop.keys & {key, after} and not set(loop.names).isdisjoint(members):
                break
        self._loops.append(_Loop(members, [line], {key}))

    def add_whole(self, names: Iterable[str], key: str, comment: str, arguments: str) -> None:
        """Add a call that gives each segment of some sections its own value, with what is said of it before."""
        members = tuple(names)
        call = f"along({self._attributes.group(members)}, {arguments})"
        self._loops.append(_Loop(members, [*filter(None, [comment]), call], {key}, whole=True))

    def lines(self) -> Iterator[str]:
        """The code."""
        for loop in self._loops:
            if loop.whole:
                yield from "\n".join(loop.lines).splitlines()
            elif len(loop.names) == 1:
                held = f"self.{self._attributes.of(loop.names[0])}"
                yield from (line.replace("{sec}", held) for line in loop.lines)
            else:
                yield f"for sec in {self._attributes.group(loop.names)}:"
                yield from ("    " + line.replace("{sec}", "sec") for line in loop.lines)
