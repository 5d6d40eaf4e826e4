"""The membrane of a NeuroML 2 cell: capacitance, resistivity and the densities of its channels.

Source of the meaning: https://docs.neuroml.org/Userdocs/Schemas/Cells.html. Densities of one channel in overlapping
groups replace one another in the order of the file, as in NEURON's rendering of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rheobase.mechanisms import ION_DEFAULTS, ChannelSpec, Mechanism, written
from rheobase.model import assign
from rheobase.model.document import Document
from rheobase.model.location import Location
from rheobase.model.names import NAME, RESERVED
from rheobase.model.neuroml.channels import PROPERTY, IonChannel, Library, Unmappable
from rheobase.model.neuroml.quantity import quantity
from rheobase.model.precedence import Resolved
from rheobase.model.profile import Profile
from rheobase.model.profile_kinds import along
from rheobase.morphology import Problem
from rheobase.morphology.readers.xml import Element

_NON_SPECIFIC = "non_specific"
_POWER = re.compile(r"\^")
_STEP = re.compile(r"\bH\(")
_MET = frozenset({"spikeThresh", "notes", "property", "annotation"})  # nothing of a membrane


class Place(NamedTuple):
    """What a group of segments is here: the `names` of places; and sections that it has a part of only."""

    names: tuple[str, ...]
    parts: tuple[str, ...] = ()


def add_membrane(document: Document, cell: Element, places: Mapping[str, Place], library: Library) -> Iterator[Problem]:
    """Within an edit, put what is known of a cell's membrane into a document, and tell what is not.

    **Arguments:** `places`: by the id of each group of segments, the place it is.
    """
    return _Membrane(document, cell, places, library).read()


class _Membrane:
    def __init__(self, document: Document, cell: Element, places: Mapping[str, Place], library: Library) -> None:
        self._document = document
        self._cell = cell
        self._places = places
        self._library = library
        self._made: dict[str, _Channel] = {}
        self._parts: dict[str, tuple[str, ...]] = {}  # of groups that were used

    def read(self) -> Iterator[Problem]:
        biophysics = self._cell.first("biophysicalProperties")
        if biophysics is None:
            return
        for part in ("membraneProperties", "intracellularProperties"):
            within = biophysics.first(part)
            for element in () if within is None else within.children:
                try:
                    known = self._take(element)
                except (Unmappable, ValueError, KeyError, TypeError) as error:
                    if getattr(error, "line", None) is not None:
                        raise
                    told = f"<{element.tag}> {element.get('id')[:60]!r} was left out: {error}"
                    yield Problem("not-taken-over", "warning", element.line, told)
                    continue
                if not known:
                    told = f"<{element.tag}> has no equal here and was left out"
                    yield Problem("not-taken-over", "warning", element.line, told)
        for group, parts in self._parts.items():
            told = f"the group {group[:60]!r} has a part of {parts[0]} only; it was taken for the whole"
            yield Problem("not-taken-over", "warning", biophysics.line, told)

    def _take(self, element: Element) -> bool:
        tag = element.tag
        if tag == "channelDensity":
            self._density(element)
        elif tag == "channelDensityNonUniform":
            self._varying(element)
        elif tag == "specificCapacitance":
            self._passive(element, "cm", "uF/cm2")
        elif tag == "resistivity":
            self._passive(element, "Ra", "ohm cm")
        elif tag == "initMembPotential":
            return True  # how a run begins is the protocol's
        else:
            return tag in _MET
        return True

    def _passive(self, element: Element, target: str, unit: str) -> None:
        value = quantity(element.required("value"), unit, element.line)
        for place in self._named(element):
            self._assign("cell" if place == "all" else assign.scope_of(place), place, target, value)

    def _density(self, element: Element) -> None:
        places = self._named(element)
        if places:
            channel = self._channel(element)
            density = quantity(element.required("condDensity"), "S/cm2", element.line)
            self._insert(channel, element, places, density)

    def _varying(self, element: Element) -> None:
        channel = self._channel(element)
        for parameter in element.all("variableParameter"):
            if parameter.get("parameter") != "condDensity":
                raise Unmappable(f"it varies {parameter.get('parameter')[:60]!r}")
            value = parameter.first("inhomogeneousValue")
            if value is not None:
                self._insert(channel, element, self._named(parameter), self._profile(value))

    def _insert(self, channel: "_Channel", element: Element, places: tuple[str, ...], density: float | Profile) -> None:
        name = channel.definition.name
        values: dict[str, float | Profile] = {f"{name}.{channel.density}": density}
        if element.get("erev") and (channel.reversal or channel.ion):
            target = f"{name}.{channel.reversal}" if channel.reversal else f"{channel.ion}.reversal"
            values[target] = quantity(element.get("erev"), "mV", element.line)
        for place in places:
            scope = assign.scope_of(place)
            assign.insert(self._document, [(scope, place)], channel.definition, {})
            for target, value in values.items():
                self._assign(scope, place, target, value)

    def _assign(self, scope: assign.Scope, place: str, target: str, value: float | Profile) -> None:
        """Assign what does not hold there already."""
        resolved = Resolved(self._document, target)
        if isinstance(value, Profile) or any(
            (resolved.at(section) != value).any() for section in self._document.places.of(place)
        ):
            assign.assign(self._document, scope, place, target, value)

    def _channel(self, element: Element) -> "_Channel":
        name, ion = element.required("ionChannel"), element.get("ion", _NON_SPECIFIC)
        if name not in self._made:
            self._made[name] = _Channel(self._library.channel(name), ion if ion in ION_DEFAULTS else None)
        return self._made[name]

    def _named(self, element: Element) -> tuple[str, ...]:
        """Give the places of an element; none for a group without segments. **Raises:** `Unmappable`."""
        if element.get("segment"):
            raise Unmappable("it is given for a single segment")
        group = element.get("segmentGroup", "all")
        if group == "all":
            return ("all",)
        if group not in self._places:
            raise Unmappable(f"there is no group {group[:60]!r}")
        place = self._places[group]
        self._parts |= {group: place.parts} if place.parts else {}
        return place.names

    def _profile(self, value: Element) -> Profile:
        parameter = value.get("inhomogeneousParameter")
        morphology = self._cell.first("morphology")
        for group in () if morphology is None else morphology.all("segmentGroup"):
            for found in group.all("inhomogeneousParameter"):
                if found.get("id") == parameter:
                    return self._measured(value, found, group)
        raise Unmappable(f"there is no inhomogeneous parameter {parameter[:60]!r}")

    def _measured(self, value: Element, parameter: Element, group: Element) -> Profile:
        if parameter.get("metric") != "Path Length from root":
            raise Unmappable(f"it varies with {parameter.get('metric')[:60]!r}")
        # The values are in SI, S/m2.
        text = _STEP.sub("heaviside(", _POWER.sub("**", value.required("value")))
        text = re.sub(rf"\b{re.escape(parameter.required('variable'))}\b", "d", text)
        root, own = next(iter(self._document.sections)), f"{PROPERTY}origin_{parameter.get('id')}"
        noted = next((p.get("value") for p in group.all("property") if p.get("tag") == own), "0")
        proximal, distal = parameter.first("proximal"), parameter.first("distal")
        return along(
            "path_distance",
            f"1e-4 * ({text})",
            origin=Location(root, float(noted) if noted in ("0", "0.5", "1") else 0.0),
            offset="most_proximal" if proximal is not None else "none",
            normalise="most_distal" if distal is not None else "none",
        )


class _Channel:
    """A channel of the file as a mechanism of the document: its class, and its parameters for density and reversal."""

    def __init__(self, channel: IonChannel, ion: str | None) -> None:
        marks = channel.properties
        self.ion = ion
        if "mechanism" in marks:
            self.definition: type[Mechanism] = written(marks["mechanism"])
            known = {parameter.name for parameter in self.definition.parameters}
            self.density, self.reversal = marks.get("density", ""), marks.get("reversal", "")
            if self.density not in known or self.reversal not in {"", *known}:
                raise Unmappable(f"{marks['mechanism']!r} has no {self.density or 'density'!r}")
        elif not channel.gates:
            self.definition = written("pas")
            self.density, self.reversal = "g", "e"
        else:
            name = channel.name if NAME.fullmatch(channel.name) and "[" not in channel.name else "channel"
            name = f"{name}_channel" if name in ION_DEFAULTS or name in RESERVED else name
            self.definition = ChannelSpec(name, ion=ion, gates=channel.gates).mechanism
            self.density, self.reversal = "gbar", "" if ion else "e"
