"""Parameters from JSON files, put on a cell."""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from rheobase.model import Cell, Location, Protocol
from rheobase.model.names import suggestion
from rheobase.model.targets import known_ions
from rheobase.share.error import ExchangeError
from rheobase.share.parameters.allen import is_allen, read_allen
from rheobase.share.parameters.bluepyopt import read_bluepyopt
from rheobase.share.parameters.choose import choose
from rheobase.share.parameters.formula import profile_of
from rheobase.share.parameters.settings import Distribution, Setting, Settings

_LARGEST = 50_000_000  # bytes
_LISTS = {
    "somatic": ("soma",),
    "basal": ("dend",),
    "apical": ("apic",),
    "axonal": ("axon",),
    "myelinated": ("myelin",),
    "alldend": ("apic", "dend"),
    "somadend": ("apic", "dend", "soma"),
    "allnoaxon": ("apic", "dend", "soma"),
    "somaxon": ("axon", "soma"),
    "allact": ("apic", "dend", "soma", "axon"),
    "soma": ("soma",),
    "dend": ("dend",),
    "apic": ("apic",),
    "axon": ("axon",),
}
"""The regions of section lists, as cells read from morphologies name them."""

_CONCENTRATIONS = {"i": "inside", "o": "outside"}
_OF_A_RUN = ("v_init", "celsius")


def load_parameters(
    cell: Cell,
    *paths: str | os.PathLike[str],
    values: Mapping[str, float] | None = None,
    missing: Literal["error", "skip"] = "error",
) -> Protocol:
    """Put parameters from JSON files on a cell: those of BluePyOpt, or a fit of the Allen Cell Types Database.

    The layout is recognised by content. Mechanisms are inserted, uniform values set by region, and formulas of the
    distance from the soma become profiles. All is one step of undo.

    **Arguments:**

    - `cell`, with its sections; section lists such as `somatic` and `apical` are looked for as subsets, then as the
      regions `soma`, `dend`, `apic`, `axon`.
    - `paths`: the files, in order, such as BluePyOpt's mechanisms, parameters and values found.
    - `values`: what a fit found, for parameters of which a file has bounds alone, by name and section list:
      `{"gnabar_hh.somatic": 0.12}`.
    - `missing`: what to do about what is not known here: `"error"`, or `"skip"`, to leave it out with a warning.

    **Returns:** a protocol with the temperature and the starting potential of the files.

    **Raises:** ExchangeError (a ValueError) for what cannot be read or is not known, with what to do; OSError.
    """
    if missing not in ("error", "skip"):
        raise ValueError(f"missing = {missing!r}: must be 'error' or 'skip'")
    if not paths:
        raise TypeError("name the file of parameters")
    if not cell.sections:
        raise ExchangeError(f"the cell {cell.name!r} has no sections: load its morphology first")
    said = Settings()
    for path in paths:
        said.add(_read(Path(path)))
    said.chosen |= dict(values or {})
    loading = _Loading(cell, said, missing == "skip")
    with cell.edit("Load parameters"):
        loading.run()
    for note in dict.fromkeys(said.notes):
        warnings.warn(note, stacklevel=2)
    return Protocol(**loading.conditions)


def _read(path: Path) -> Settings:
    if path.stat().st_size > _LARGEST:
        raise ExchangeError(f"{path.name} has {path.stat().st_size} bytes; a file of parameters may have {_LARGEST}")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"{path.name} is no JSON: {error}") from None
    try:
        return read_allen(data) if is_allen(data) else read_bluepyopt(data)
    except ExchangeError as error:
        raise ExchangeError(f"{path.name}: {error}") from None


class _Loading:
    """Puts on a cell what files say. **Attributes:** `conditions`, of the run."""

    def __init__(self, cell: Cell, said: Settings, skip: bool) -> None:
        self.conditions: dict[str, Any] = {}
        self._cell = cell
        self._said = said
        self._skip = skip
        self._ions = known_ions(cell.document)
        self._unknown: set[str] = set()

    def run(self) -> None:
        choose(self._said)
        self._check_mechanisms()
        for place, mechanism in self._said.insertions:
            if mechanism not in self._unknown:
                for region in self._regions(place):
                    self._insert(region, mechanism)
        for setting in self._said.settings:
            for region in self._regions(*setting.places):
                self._set(setting, region)
        for name, value in self._said.everywhere.items():
            self._set_everywhere(name, value)

    def _check_mechanisms(self) -> None:
        named = dict.fromkeys(mechanism for _, mechanism in self._said.insertions)
        known = self._cell.document.mechanism_names("density")
        self._unknown = {name for name in named if name not in known}
        if self._unknown:
            listed = ", ".join(sorted(self._unknown))
            self._refuse(
                f"{'the mechanism' if len(self._unknown) == 1 else 'the mechanisms'} {listed} "
                f"{'is' if len(self._unknown) == 1 else 'are'} not known here: load the .mod files first, as in "
                "rb.load_mods('mechanisms')"
            )

    def _refuse(self, message: str) -> None:
        if not self._skip:
            raise ExchangeError(message)
        self._said.notes.append(f"left out: {message}")

    def _regions(self, *places: str) -> Iterator[str]:
        """The places of the cell that section lists mean."""
        for place in places:
            if place == "all" or self._cell.document.places.has(place):
                yield place
                continue
            regions = _LISTS.get(place)
            if regions is None:
                near = suggestion(place, [*_LISTS, *self._cell.regions])
                self._refuse(
                    f"there is no section list {place[:100]!r}{near}; name one by cell.subset({place[:100]!r}, ...)"
                )
                continue
            there = [region for region in regions if self._cell.document.places.has(region)]
            if not there:
                self._said.notes.append(
                    f"the cell has no {' or '.join(regions)}, so what is said of {place!r} is left out"
                )
            yield from there

    def _insert(self, region: str, mechanism: str) -> None:
        document = self._cell.document
        inside = {
            section for place, name in document.insertions if name == mechanism for section in document.places.of(place)
        }
        if not inside.issuperset(self._cell.sections_of(region)):
            self._cell[region].insert(mechanism)

    def _set(self, setting: Setting, region: str) -> None:
        target = self._target(setting, region)
        if target is None:
            return
        value: Any = setting.value
        if setting.distribution is not None:
            constants = {name: given for name, given in setting.distribution.constants.items() if given is not None}
            if setting.value is not None:
                constants["value"] = setting.value
            origin = self._origin(setting.distribution)
            value = profile_of(setting.distribution.formula, constants, origin, setting.label)
        owner, _, name = target.partition(".")
        mechanism = self._cell.document.mechanism(owner) if self._is_mechanism(owner) else None
        if mechanism is not None and mechanism.parameter(name).scope == "global":
            self._cell.set(target, value)
        else:
            self._cell[region].set(target, value)

    def _target(self, setting: Setting, region: str) -> str | None:
        """What a name of NEURON's is called here; inserts the mechanism where it is not yet."""
        name = setting.name
        if name in ("Ra", "cm"):
            return name
        if name[0] == "e" and name[1:] in self._ions:
            return f"{name[1:]}.reversal"
        if name[:-1] in self._ions and name[-1] in _CONCENTRATIONS:
            return f"{name[:-1]}.{_CONCENTRATIONS[name[-1]]}"
        mechanism = setting.mechanism or self._owner(name)
        if mechanism in self._unknown:
            return None
        if mechanism is None or not self._is_mechanism(mechanism):
            self._refuse(
                f"nothing here is called {name[:100]!r}: if it belongs to a mechanism, load its .mod file first by "
                "rb.load_mod"
            )
            return None
        parameter = name.removesuffix(f"_{mechanism}")
        definition = self._cell.document.mechanism(mechanism)
        known = [each.name for each in definition.parameters]
        if parameter not in known:
            self._refuse(f"{mechanism} has no parameter {parameter[:100]!r}{suggestion(parameter, known)}")
            return None
        self._insert(region, mechanism)
        return f"{mechanism}.{parameter}"

    def _owner(self, name: str) -> str | None:
        """The mechanism whose name a parameter of NEURON's ends with."""
        inserted = {mechanism for _, mechanism in self._said.insertions}
        for known in (inserted, self._cell.document.mechanism_names("density")):
            fitting = [mechanism for mechanism in known if name.endswith(f"_{mechanism}")]
            if fitting:
                return max(fitting, key=len)
        return None

    def _is_mechanism(self, name: str) -> bool:
        return name in self._cell.document.mechanism_names("density")

    def _origin(self, distribution: Distribution) -> Location | None:
        """Where distance is measured from; None for the middle of the root, which need not be said."""
        sections = self._cell.document.sections
        wanted = distribution.section
        names = [wanted, wanted.removesuffix("[0]")]
        found = next((name for name in names if name in sections), None)
        if found is None:
            base = names[-1]
            if not self._cell.document.places.has(base):
                raise ExchangeError(f"distance is measured from {wanted[:100]!r}, which the cell has not")
            found = self._cell.sections_of(base)[0]
        root = next(iter(sections))
        return None if found == root and distribution.x == 0.5 else Location(found, distribution.x)

    def _set_everywhere(self, name: str, value: float | None) -> None:
        if value is None:
            return
        if name in _OF_A_RUN:
            self.conditions[name] = value
            return
        mechanism = self._owner(name)
        parameter = name.removesuffix(f"_{mechanism}")
        if mechanism is None or parameter not in [p.name for p in self._cell.document.mechanism(mechanism).parameters]:
            self._refuse(
                f"nothing global is called {name[:100]!r}; there are v_init, celsius and mechanisms' parameters"
            )
        else:
            self._cell.set(f"{mechanism}.{parameter}", value)
