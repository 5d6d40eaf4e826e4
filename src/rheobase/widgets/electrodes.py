"""The one letter and the one colour of each electrode, the same on the tree, the traces and the table."""

from collections.abc import Iterable

# Okabe and Ito (2008), told apart by the colour-blind; those that read on white and on black come first.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


class Electrodes:
    """Gives every placed process a number for as long as it is there, and the smallest free one to a new one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def assign(self, names: Iterable[str]) -> None:
        """Take in who is there now."""
        present = list(names)
        self._numbers = {name: number for name, number in self._numbers.items() if name in present}
        for name in present:
            if name not in self._numbers:
                taken = set(self._numbers.values())
                self._numbers[name] = next(n for n in range(len(present) + len(taken)) if n not in taken)

    def letter(self, name: str) -> str:
        """A to Z, then A2, B2 and so on.

        >>> electrodes = Electrodes()
        >>> electrodes.assign(["IClamp[0]", "IClamp[1]"])
        >>> electrodes.letter("IClamp[1]"), electrodes.colour("IClamp[1]")
        ('B', '#0072b2')
        """
        turn, index = divmod(self._numbers[name], 26)
        return chr(ord("A") + index) + (str(turn + 1) if turn else "")

    def colour(self, name: str) -> str:
        """Its colour as `#rrggbb`; after six they begin again."""
        return COLOURS[self._numbers[name] % len(COLOURS)]
