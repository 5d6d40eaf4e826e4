"""The biophysics page: what is in the membrane of a place, and every number of it."""

from typing import Any

import traitlets

from rheobase.mechanisms import Mechanism, Parameter, mechanism, names
from rheobase.model.precedence import sections_with
from rheobase.model.values import Assignment
from rheobase.widgets.actions import action
from rheobase.widgets.cell_builder.membrane import inserted_in, ion_parameters
from rheobase.widgets.cell_builder.places import PlacePage
from rheobase.widgets.cell_builder.standing import forget_here, set_here, standing
from rheobase.widgets.library import entry_of, title_of, warnings_told
from rheobase.widgets.mechanisms import PASSIVE
from rheobase.widgets.quantities import number_in_words, quantity
from rheobase.widgets.uploads import Uploads

Field = dict[str, Any]


class BiophysicsPage(PlacePage):
    """What is in the membrane of a place.

    - `biophysics`: groups of parameters: the cable, each mechanism, each ion, and the numbers that serve the whole
      cell. A parameter is a `quantity` with `limits`, whether it was `assigned` to just this place, what a reset gives
      back in `reset`, and in `note` where else it comes from. It is shown as `"one"` number, or as `"several"` or a
      `"profile"`; `varies` tells whether it may be a profile.
    - `library`: the density mechanisms that can be inserted.
    """

    biophysics: Any = traitlets.List().tag(sync=True)
    library: Any = traitlets.List().tag(sync=True)

    _fields: dict[tuple[str, str], Field | None]
    _worked_out: tuple[Any, ...] = ()
    _assignments: dict[Any, Assignment]
    _mechanism_files: Uploads | None = None

    def show_place(self) -> None:
        """Show the place's membrane with the rest."""
        super().show_place()
        self.show_biophysics()

    def show_biophysics(self) -> None:
        """Show what is in the membrane of the place."""
        if not self.library:
            self.list_mechanisms()
        self._forget_what_changed()
        cell = self.cell
        if not cell.sections:
            self.biophysics = []
            return
        document, place = cell.document, self.place
        members = set(document.places.of(place))
        inserted = inserted_in(document, place)
        definitions = {name: document.mechanism(name) for name in inserted}
        ions = sorted({use.name for each in definitions.values() for use in each.ions})
        groups = [self._group("cable", "Cable", "axial resistivity and capacitance", [(p.name, p) for p in PASSIVE])]
        groups += [self._mechanism_group(definitions[name], where, members) for name, where in inserted.items()]
        groups += [self._group(f"ion {ion}", f"Ion {ion}", "", ion_parameters(ion)) for ion in ions]
        for name, definition in definitions.items():
            shared = [(f"{name}.{each.name}", each) for each in definition.parameters if each.scope == "global"]
            if shared:
                groups.append(self._group(f"global {name}", f"{name}, everywhere", "one number for the cell", shared))
        self.biophysics = groups

    # What a person asks for

    @action("biophysics.set")
    def set_parameter(self, key: str, value: float | str, gesture: str = "") -> None:
        """Set one number in a place; all values of one gesture are one step of undo. `key` is `place|target`."""
        place, target = _parts(key)
        coalesce = (self.model_id, key, gesture) if gesture else None
        with self.cell.edit(f"Set {target} of {place}", coalesce=coalesce, origin=self.model_id):
            set_here(self.cell, place, target, value)

    @action("biophysics.set.reset")
    def reset_parameter(self, key: str) -> None:
        """Forget what was set for just this place, so that a weaker value holds again."""
        place, target = _parts(key)
        with self.cell.edit(f"Reset {target} of {place}", origin=self.model_id):
            forget_here(self.cell, place, target)

    @action("biophysics.insert")
    def insert_mechanism(self, name: str, place: str) -> dict[str, Any]:
        """Insert a density mechanism into a place."""
        document = self.cell.document
        members = set(document.places.of(place))
        if members and members <= sections_with(document, name):
            through = next(p for p, m in document.insertions if m == name and members & set(document.places.of(p)))
            raise ValueError(f"{name} is in {place} already" + (f", through {through}" if through != place else ""))
        with warnings_told() as notes, self.cell.edit(f"Insert {name} in {place}", origin=self.model_id):
            self.cell[place].insert(self._definition(name))
        return {"notes": notes}

    @action("biophysics.remove")
    def remove_mechanism(self, name: str, place: str) -> None:
        """Take a density mechanism out of a place that it was inserted into."""
        with self.cell.edit(f"Take {name} out of {place}", origin=self.model_id):
            self.cell[place].uninsert(name)

    @action("biophysics.list")
    def list_mechanisms(self) -> None:
        """List the density mechanisms that are known by now."""
        known = {*names("density"), *self.cell.document.mechanism_names("density")}
        self.library = [entry_of(self._definition(name)) for name in sorted(known, key=str.lower)]

    @action("biophysics.load")
    def load_mechanism(self, file: str, text: str, part: int = 0, parts: int = 1) -> dict[str, Any]:
        """Take in a part of an NMODL file and with the last one make a mechanism of it."""
        self._mechanism_files = self._mechanism_files or Uploads()
        source = self._mechanism_files.take(file, text, part, parts)
        if source is None:
            return {}
        from rheobase.mechanisms.nmodl.load import load_mod

        with warnings_told() as notes:
            definition = load_mod(text=source, name=file)
        self.list_mechanisms()
        return {"name": definition.name, "kind": definition.kind, "notes": notes}

    # How it is worked out

    def _definition(self, name: str) -> type[Mechanism]:
        return mechanism(name) if name in names() else self.cell.document.mechanism(name)

    def _mechanism_group(self, definition: type[Mechanism], where: list[str], members: set[str]) -> dict[str, Any]:
        document, name = self.cell.document, definition.name
        ranged = [(f"{name}.{each.name}", each) for each in definition.parameters if each.scope == "range"]
        present = len(members & sections_with(document, name))
        doc = title_of(definition)
        group = self._group(f"mechanism {name}", name, f"{doc} {definition.source}".strip(), ranged)
        partly = f"in {present} of {len(members)} sections" if present < len(members) else ""
        return {**group, "mechanism": name, "through": where, "partly": partly}

    def _group(self, key: str, title: str, doc: str, targets: list[tuple[str, Parameter]]) -> dict[str, Any]:
        fields = [self._field(target, parameter) for target, parameter in targets]
        return {"key": key, "title": title, "doc": doc, "fields": [field for field in fields if field is not None]}

    def _field(self, target: str, parameter: Parameter) -> Field | None:
        known = (self.place, target)
        if known not in self._fields:
            self._fields[known] = _field(self, target, parameter)
        return self._fields[known]

    def _forget_what_changed(self) -> None:
        """Keep what was worked out of targets of which nothing changed, so that a slider costs little."""
        document = self.cell.document
        now = dict(document.assignments)
        state = (document.structure_revision, self.place)
        before = self._assignments if state == self._worked_out else None
        self._worked_out, self._assignments = state, now
        if before is None or [key for key in before if key in now] != [key for key in now if key in before]:
            self._fields = {}
            return
        changed = {key[2] for key in before.keys() | now.keys() if before.get(key) is not now.get(key)}
        self._fields = {key: field for key, field in self._fields.items() if key[1] not in changed}


def _field(page: BiophysicsPage, target: str, parameter: Parameter) -> Field | None:
    place = "all" if parameter.scope == "global" else page.place
    stands = standing(page.cell, place, target)
    if stands is None:
        return None
    number = stands.number
    shown = number if number is not None else stands.low
    weaker = stands.weaker if stands.weaker is not None else shown
    reset = ""
    if stands.own is not None:
        unit = "" if parameter.unit == "1" else f" {parameter.unit}"
        then = "the profile beneath" if stands.weaker is None else f"{number_in_words(stands.weaker)}{unit}"
        reset = f"Forget {target} of {place}: {then} holds again"
    doc = "; ".join(filter(None, [parameter.doc, "" if parameter.limits == "any number" else parameter.limits]))
    return {
        **quantity(f"{place}|{target}", parameter, shown, default=weaker, label=target.rpartition(".")[2]),
        "doc": f"{target}: {doc}" if doc else target,
        "target": target,
        "state": "one" if number is not None else "profile" if stands.profile is not None else "several",
        "assigned": stands.own is not None,
        "reset": reset,
        "limits": parameter.limits,
        "note": stands.words(parameter.unit),
        "varies": parameter.scope == "range" and target != "Ra",
        "profile": repr(stands.profile) if stands.profile is not None else "",
    }


def _parts(key: str) -> tuple[str, str]:
    place, bar, target = key.partition("|")
    if not bar:
        raise ValueError(f"{key[:80]!r} names no parameter of a place")
    return place, target
