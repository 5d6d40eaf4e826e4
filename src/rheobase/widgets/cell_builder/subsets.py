"""The subsets page: sections gathered under names, by hand or by a rule, from the general to the specific."""

import warnings
from collections.abc import Mapping
from typing import Any

import traitlets

from rheobase.model import where
from rheobase.model.rule import Rule
from rheobase.widgets.actions import action
from rheobase.widgets.cell_builder.choosing import ChoosingPage

_RANGES = ("path_distance", "radial_distance", "diam", "L", "order")
_NAMES = ("region", "subset", "subtree", "name")
_MOST_CONDITIONS = 20


class SubsetsPage(ChoosingPage):
    """The places of the cell and which sections they are.

    - `subsets`: `name`, `kind` (`"all"`, `"region"` or `"subset"`), number of `sections` and `rule`, in words, of each
      place, from the general to the specific.
    """

    subsets: Any = traitlets.List().tag(sync=True)

    def show_subsets(self) -> None:
        """Show the places as they are now."""
        places, subsets = self.cell.document.places, self.cell.document.subsets
        known = [("all", "all")]
        known += [(name, "region") for name in places.regions] + [(name, "subset") for name in subsets]
        self.subsets = [
            {"name": name, "kind": kind, "sections": len(places.of(name)), "rule": self._rule_text(name)}
            for name, kind in known
        ]

    def _rule_text(self, name: str) -> str:
        subset = self.cell.document.subsets.get(name)
        return "" if subset is None or subset.rule is None else subset.rule.written(number=_number)

    @action("subsets.find")
    def find(self, conditions: dict[str, Any], how: str = "") -> dict[str, Any]:
        """Tell which rule some conditions make and how many sections fit it; with `how`, choose these."""
        rule = _rule(conditions)
        for section in rule.named("subtree"):
            self.cell.section(section)
        fitting = self.cell.sections_of(rule)
        if how:
            self.choose(sections=list(fitting), how=how)
        return {"code": rule.written("rb.", number=_number), "sections": len(fitting)}

    @action("subsets.add")
    def add_subset(self, name: str) -> None:
        """Give the chosen sections a name that is new."""
        self._refuse_if_taken(name)
        self._name(name, self._gathered())

    @action("subsets.add.rule")
    def add_rule(self, name: str, conditions: dict[str, Any]) -> None:
        """Give whatever sections fit a rule a name that is new."""
        self._refuse_if_taken(name)
        self._name(name, _rule(conditions))

    @action("subsets.replace")
    def replace_subset(self, name: str, conditions: dict[str, Any] | None = None) -> None:
        """Let a subset be the chosen sections from now on, or whatever fits a rule."""
        if name not in self.cell.document.subsets:
            raise KeyError(f"there is no subset {name[:80]!r}")
        self._name(name, self._gathered() if conditions is None else _rule(conditions))

    @action("subsets.rename")
    def rename_subset(self, name: str, new: str) -> None:
        """Give a subset another name; what was set under it goes along."""
        if new != name:
            described = self.place == name
            with self.cell.edit(f"Rename {name} to {new}", origin=self.model_id):
                self.cell.rename_subset(name, new)
            if described:
                self.place = new

    @action("subsets.remove")
    def remove_subset(self, name: str) -> None:
        """Forget a subset and what was set under its name."""
        with self.cell.edit(f"Remove {name}", origin=self.model_id):
            self.cell.remove_subset(name)

    @action("subsets.order")
    def order_subsets(self, names: list[str]) -> None:
        """Put the subsets in order, from the general to the specific, and what was set under them with it."""
        with self.cell.edit("Order subsets", origin=self.model_id):
            self.cell.order_places(names)

    def _name(self, name: str, what: Rule | list[str]) -> None:
        with self.cell.edit(f"Name {name}", origin=self.model_id), warnings.catch_warnings():
            # How many sections fit a rule stands beside it.
            warnings.simplefilter("ignore", UserWarning)
            self.cell.subset(name, what)
        self.place = name

    def _gathered(self) -> list[str]:
        if not self.chosen:
            raise ValueError("no section is chosen: click some first, or draw a loop around them")
        return list(self.chosen)

    def _refuse_if_taken(self, name: str) -> None:
        if name in self.cell.document.subsets:
            raise ValueError(f"there is already a subset {name!r}: choose another name, or replace that one")


def _rule(conditions: Mapping[str, Any]) -> Rule:
    """Give the rule of fields as a person fills them in: lists of names, and texts of numbers, empty where open.

    >>> _rule({"region": ["apic"], "path_distance": ["300", ""]})
    where(region='apic', path_distance=(300.0, None))
    """
    if len(conditions) > _MOST_CONDITIONS:
        raise ValueError("a rule has not so many conditions")
    given: dict[str, Any] = {}
    for key, value in conditions.items():
        if key in _NAMES:
            names = [value] if isinstance(value, str) else list(value)
            given[key] = [name.strip() for name in names if name.strip()] or None
        elif key in _RANGES:
            low, high = (_bound(key, bound) for bound in value)
            given[key] = None if low is None and high is None else (low, high)
        else:
            raise ValueError(f"{key[:40]!r} is no condition; there are {', '.join((*_NAMES, *_RANGES))}")
    given = {key: value for key, value in given.items() if value is not None}
    if not given:
        raise ValueError("give at least one condition")
    return where(**given)


def _number(value: float) -> str:
    """Give a number as a person writes it: `20`, not `20.0`."""
    return repr(value).removesuffix(".0")


def _bound(key: str, text: Any) -> float | None:
    text = str(text if text is not None else "").strip().replace(",", ".")
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{key}: {text[:40]!r} is no number") from None
