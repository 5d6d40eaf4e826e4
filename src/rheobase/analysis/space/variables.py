"""What can be recorded in a cell: at a place, of what is placed, and all along the membrane."""

from collections.abc import Iterator
from dataclasses import dataclass

from rheobase.mechanisms import Mechanism
from rheobase.model import Cell, Location, Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate.plans import inserted

_IONIC = (
    ("i{}", "mA/cm2", "current of {}"),
    ("{}i", "mM", "{} inside"),
    ("{}o", "mM", "{} outside"),
    ("e{}", "mV", "reversal potential of {}"),
)


@dataclass(frozen=True)
class Variable:
    """Something that can be recorded: the `recordable`, its `unit` (empty for a pure number) and its `owner`.

    `owner` is what it belongs to: `"membrane"`, an ion, a mechanism or a placed process; `doc` says what it is.
    """

    recordable: Recordable
    unit: str
    owner: str
    doc: str

    @property
    def name(self) -> str:
        """Its name at its place: `v`, `hh.m`; of a placed process with the process: `ic.i`."""
        item = self.recordable
        return item.variable if item.x is not None else f"{item.place}.{item.variable}"


def variables_at(cell: Cell, place: Location) -> tuple[Variable, ...]:
    """Everything that can be recorded at a place, then of every process in the cell, those in its section first.

    **Raises:** KeyError for a section that is not there.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> [each.name for each in variables_at(cell, soma(0.5))][:6]
    ['v', 'hh.m', 'hh.h', 'hh.n', 'hh.ina', 'hh.ik']
    """
    place = Location(place.section, place.x)
    if place.section not in cell.document.sections:
        raise UnknownName("section", place.section, cell.document.sections)
    here = [name for name, sections in inserted(cell).items() if place.section in sections]
    found = [Variable(place[name], unit, owner, doc) for name, unit, owner, doc in _of_membrane(cell, here)]
    ordered = sorted(cell.placements, key=lambda placement: placement.section != place.section)
    for placement in ordered:
        definition = type(placement.process)
        where = "" if placement.location is None else f" at {placement.location!r}"
        for name in definition.recordables():
            item = Recordable(placement.name, None, name)
            doc = f"{_kind_of(definition, name)} of {placement.name}, {definition.name}{where}"
            found.append(Variable(item, _plain(definition.unit(name)), placement.name, doc))
    return tuple(found)


def range_variables(cell: Cell) -> tuple[Variable, ...]:
    """What is found along the membrane, wherever it is, each once; its recordable is at the first place that has it.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> _ = cell.add_section("soma", L=20, diam=20)
    >>> [each.name for each in range_variables(cell)]
    ['v']
    """
    found = []
    for name, unit, owner, doc in _of_membrane(cell, list(inserted(cell))):
        having = sections_with(cell, name)
        if having:
            found.append(Variable(cell.section(having[0])(0.5)[name], unit, owner, doc))
    return tuple(found)


def sections_with(cell: Cell, variable: str) -> tuple[str, ...]:
    """The sections in whose membrane a variable is found, in document order."""
    having = {
        section
        for key, sections in inserted(cell).items()
        if any(name == variable for name, *_ in _of_membrane(cell, [key]))
        for section in sections
    }
    return tuple(each.name for each in cell.sections if variable == "v" or each.name in having)


def _of_membrane(cell: Cell, mechanisms: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Name, unit, owner and meaning of what these mechanisms make it possible to record."""
    yield "v", "mV", "membrane", "voltage across the membrane"
    ions: dict[str, None] = {}
    carried: set[str | None] = set()
    for key in mechanisms:
        definition = cell.document.mechanism(key)
        ions |= dict.fromkeys(_ions(cell, key))
        carried |= set(definition.current_names.values())
        for name in definition.recordables():
            doc = f"{_kind_of(definition, name)} of {definition.name}"
            yield f"{definition.name}.{name}", _plain(definition.unit(name)), definition.name, doc
    for ion in ions:
        for form, unit, doc in _IONIC:
            if form != "i{}" or ion in carried:
                yield form.format(ion), unit, ion, doc.format(ion)


def _ions(cell: Cell, mechanism: str) -> list[str]:
    return [use.name for use in cell.document.mechanism(mechanism).ions]


def _kind_of(definition: type[Mechanism], name: str) -> str:
    if name in definition.states:
        return "state"
    return "current" if name in definition.current_names else "value"


def _plain(unit: str) -> str:
    return "" if unit == "1" else unit
