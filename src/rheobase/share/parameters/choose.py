"""The values that a fit found, put where files have bounds alone."""

from collections.abc import Iterator

from rheobase.share.error import ExchangeError
from rheobase.share.parameters.settings import Setting, Settings


def choose(said: Settings) -> None:
    """Fill in what was chosen; of values alone, make settings.

    **Raises:** ExchangeError for what is still free, with how to give it.
    """
    if not said.settings:
        said.settings += [_setting(label, value) for label, value in said.chosen.items()]
        return
    choice = _Choice(said.chosen)
    for setting in said.settings:
        _fill(setting, choice)
    for name, value in said.everywhere.items():
        if value is None:
            said.everywhere[name] = choice.of(name, f"{name}.global")
    if choice.free:
        more = f" and {len(choice.free) - 5} more" if len(choice.free) > 5 else ""
        raise ExchangeError(
            f"a fit has still to choose {', '.join(choice.free[:5])}{more}: give what it found, as a further file or "
            f"by values={{{choice.free[0].partition(' ')[0]!r}: ...}}"
        )
    if unused := sorted(set(said.chosen) - choice.used):
        others = f" and {len(unused) - 1} others" if len(unused) > 1 else ""
        said.notes.append(f"a value was given for {unused[0]!r}{others}, which the files do not leave free")


class _Choice:
    """What was chosen, by label. **Attributes:** `used`, the labels asked for; `free`, those without a value."""

    def __init__(self, chosen: dict[str, float]) -> None:
        self._chosen = chosen
        self.used: set[str] = set()
        self.free: list[str] = []

    def of(self, *labels: str, limits: str = "") -> float | None:
        """The value of the first label that has one."""
        for label in labels:
            if label in self._chosen:
                self.used.add(label)
                return self._chosen[label]
        self.free.append(labels[0] + limits)
        return None


def _fill(setting: Setting, choice: _Choice) -> None:
    if setting.value is None:
        low, high = setting.bounds or (float("-inf"), float("inf"))
        setting.value = choice.of(*_labels(setting), limits=f" (from {low:g} to {high:g})")
    if setting.distribution is not None:
        for name, constant in setting.distribution.constants.items():
            if constant is None:
                setting.distribution.constants[name] = choice.of(name)


def _labels(setting: Setting) -> Iterator[str]:
    yield setting.label
    yield setting.label.replace(".", "_")
    yield from (f"{setting.name}.{place}" for place in setting.places)


def _setting(label: str, value: float) -> Setting:
    name, dot, place = label.rpartition(".")
    return Setting((place,), name, value) if dot else Setting(("all",), label, value)
