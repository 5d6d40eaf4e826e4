"""The cell as a short Python program, which rebuilds it when run."""

import keyword
from collections import deque
from collections.abc import Iterator

import numpy as np

from rheobase.mechanisms import PointProcess, program_of
from rheobase.model.assign import free_name, scope_of
from rheobase.model.connections import PREFIX, SPIKES, weight_names
from rheobase.model.document import Document
from rheobase.model.location import Location, Recordable
from rheobase.model.names import base_name
from rheobase.model.profile import Profile
from rheobase.model.targets import SURROUNDINGS, target_of
from rheobase.model.values import Assignment, Insertion, SectionSpec, Subset

_WIDTH = 100


def program(document: Document) -> str:
    """Give the program. Whatever came from a user goes in as a Python literal, so text can never become code."""
    lines = ["import rheobase as rb", "", f"cell = rb.Cell({document.name!r})"]
    lines += _section_lines(document)
    lines += [f"cell.subset({subset.name!r}, {subset_text(subset)})" for subset in document.subsets.values()]
    lines += [f"{class_variable(document, name)} = {program_of(source)}" for name, source in document.sources.items()]
    lines += _membrane_lines(document)
    lines += _placement_lines(document)
    lines += _connection_lines(document)
    lines += [f"cell.bind({'.'.join(key)!r}, {recordable_text(at)})" for key, at in sorted(document.pointers.items())]
    return "\n".join(lines) + "\n"


def variable(name: str) -> str | None:
    """Give the variable that holds a section, `soma` or `dend[3]`, or `None` if Python has its own use of the word."""
    base = base_name(name)
    return None if keyword.iskeyword(base) or base in ("cell", "rb") else name


def class_variable(document: Document, mechanism: str) -> str | None:
    """Give the variable that holds the class of a mechanism that the document carries; `None` for any other."""
    if mechanism not in document.sources:
        return None
    taken = {base_name(name) for name in (*document.sections, *document.placements)} | {"cell", "rb"}
    held = mechanism
    while keyword.iskeyword(held) or not held.isidentifier() or held in taken:
        held = f"{held}_mechanism" if held.isidentifier() else "mechanism"
    return held


def place_text(location: Location) -> str:
    """Give a place as it is written: `soma(0.5)`."""
    held = variable(location.section) or f"cell.section({location.section!r})"
    return f"{held}({_number(location.x)})"


def value_text(value: float | tuple[float, ...] | Profile) -> str:
    """Give an assigned value as it is written."""
    if isinstance(value, Profile):
        return f"rb.{value.written(_number, place_text)}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_number, value))}]"
    return _number(value)


def subset_text(subset: Subset) -> str:
    """Give what a subset means as it is written: a list of sections, or a rule."""
    if subset.rule is None:
        return repr(list(subset.sections))
    return subset.rule.written("rb.", _number, place_text)


def process_text(process: PointProcess, held: str | None = None) -> str:
    """Give a point process as it is written, without the parameters that have their default.

    **Arguments:** `held`: the variable that holds its class, if it is none of Rheobase's own.
    """
    defaults = {parameter.name: parameter.default for parameter in process.parameters}
    given = [f"{name}={_number(value)}" for name, value in process.values().items() if value != defaults[name]]
    given += [f"{name}={value_text(numbers)}" for name, numbers in process.lists().items() if numbers]
    return f"{held or f'rb.{process.name}'}({', '.join(given)})"


def _section_lines(document: Document) -> Iterator[str]:
    families: set[str] = set()
    for spec in document.sections.values():
        held, base = variable(spec.name), base_name(spec.name)
        if held is not None and base != spec.name and base not in families:
            families.add(base)
            yield f"{base} = {{}}"
        yield f"{f'{held} = ' if held else ''}cell.add_section({_section_arguments(spec)})"


def _section_arguments(spec: SectionSpec) -> str:
    arguments = [repr(spec.name)]
    if spec.points is None:
        arguments += [f"L={_number(spec.L)}", f"diam={_number(spec.diam)}"]
    else:
        arguments.append(f"points={_points_text(spec)}")
    if spec.nseg != 1:
        arguments.append(f"nseg={spec.nseg}")
    if spec.parent is not None:
        arguments.append(f"parent={place_text(spec.parent)}")
    if spec.child_end:
        arguments.append("child_end=1")
    if spec.region is not None:
        arguments.append(f"region={spec.region!r}")
    return ", ".join(arguments)


def _points_text(spec: SectionSpec) -> str:
    # Points are float32 already, so the shortest text of a float32 gives the same points back.
    shortest = np.asarray(spec.points, np.float32).astype(str).tolist()
    rows = [f"({', '.join(number.removesuffix('.0') for number in row)})" for row in shortest]
    line = ", ".join(rows)
    return f"[{line}]" if len(line) < _WIDTH else "[\n    " + ",\n    ".join(rows) + ",\n]"


def _membrane_lines(document: Document) -> Iterator[str]:
    """Give insertions and assignments, each in their own order, each assignment after what it needs.

    Numbers assigned just after an insertion into the same place become its arguments.
    """
    insertions = deque(document.insertions.values())
    assignments = deque(document.assignments.values())
    while insertions or assignments:
        if assignments and not _waits(document, assignments[0], insertions):
            yield from _assignment_line(document, assignments)
            continue
        insertion = insertions.popleft()
        arguments = [class_variable(document, insertion.mechanism) or repr(insertion.mechanism)]
        while assignments and _is_argument(document, assignments[0], insertion):
            given = assignments.popleft()
            arguments.append(f"{given.target.partition('.')[2]}={value_text(given.value)}")
        yield f"cell[{insertion.place!r}].insert({', '.join(arguments)})"


def _waits(document: Document, assignment: Assignment, insertions: deque[Insertion]) -> bool:
    """Tell whether an assignment must come after one of the insertions that are still to be written."""
    owner = target_of(document, assignment.target).mechanism
    return owner is not None and any(insertion.mechanism == owner for insertion in insertions)


def _is_argument(document: Document, assignment: Assignment, insertion: Insertion) -> bool:
    target = target_of(document, assignment.target)
    return (
        target.mechanism == insertion.mechanism
        and not target.is_global
        and assignment.place == insertion.place
        and assignment.scope == scope_of(insertion.place)
        and isinstance(assignment.value, float)
    )


def _assignment_line(document: Document, waiting: deque[Assignment]) -> Iterator[str]:
    """Take the first assignment, and what can be written with it, and give its line."""
    assignment = waiting.popleft()
    owner = _owner_text(assignment)
    name, dot, attribute = assignment.target.partition(".")
    value = value_text(assignment.value)
    if not dot:
        yield f"{owner}.{name} = {value}"
    elif target_of(document, assignment.target).mechanism is not None:
        yield f"{owner}.set({assignment.target!r}, {value})"
    else:
        arguments = f"{name!r}, {attribute}={value}"
        # set_ion assigns in this order, so what follows in it can share the line.
        for later in SURROUNDINGS[SURROUNDINGS.index(attribute) + 1 :]:
            if waiting and _owner_text(waiting[0]) == owner and waiting[0].target == f"{name}.{later}":
                arguments += f", {later}={value_text(waiting.popleft().value)}"
        yield f"{owner}.set_ion({arguments})"


def _owner_text(assignment: Assignment) -> str:
    if assignment.scope == "section":
        return variable(assignment.place) or f"cell.section({assignment.place!r})"
    return f"cell[{assignment.place!r}]" if assignment.scope == "region" else "cell"


def _placement_lines(document: Document) -> Iterator[str]:
    taken: dict[str, None] = {}
    for placement in document.placements.values():
        name = placement.name
        shown = "" if name == free_name(placement.mechanism, taken) else f", name={name!r}"
        taken[name] = None
        process = process_text(placement.process, class_variable(document, placement.mechanism))
        where = "" if placement.location is None else f", {place_text(placement.location)}"
        held = f"{name} = " if _has_variable(name) else ""
        yield f"{held}cell.place({process}{where}{shown})"


def _has_variable(placed: str) -> bool:
    # A name with an index has no variable of its own: nothing else would make the dictionary.
    return placed.isidentifier() and variable(placed) is not None


def _placed_text(name: str) -> str:
    return name if _has_variable(name) else f"cell.process({name!r})"


def recordable_text(recordable: Recordable) -> str:
    """Give something to record as it is written: `soma(0.5).v`, `syn['g']`."""
    if recordable.x is None:
        return f"{_placed_text(recordable.place)}[{recordable.variable!r}]"
    where = place_text(Location(recordable.place, recordable.x))
    return f"{where}.v" if recordable.variable == "v" else f"{where}[{recordable.variable!r}]"


def _connection_lines(document: Document) -> Iterator[str]:
    taken: dict[str, None] = {}
    for spec in document.connections.values():
        sends = spec.source.x is None and spec.source.variable == SPIKES
        source = _placed_text(spec.source.place) if sends else recordable_text(spec.source)
        names = weight_names(type(document.placements[spec.target].process))
        given = [f"{name}={_number(value)}" for name, value in zip(names, spec.weights, strict=True) if value]
        given += [f"delay={_number(spec.delay)}"] * (spec.delay != 1)
        given += [f"threshold={_number(spec.threshold)}"] * (spec.threshold != 10)
        if spec.name != free_name(PREFIX, {**taken, **document.placements}):
            given.append(f"name={spec.name!r}")
        taken[spec.name] = None
        yield f"rb.connect({', '.join([source, _placed_text(spec.target), *given])})"


def _number(value: float | None) -> str:
    """Give a number as a person writes it: `20`, not `20.0`."""
    text = repr(value)
    return text.removesuffix(".0")
