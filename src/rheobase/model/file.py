"""The cell as a JSON file: plain data with a schema and a version, checked as it is read."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rheobase.documents import checked_schema
from rheobase.mechanisms import Mechanism, PointProcess, written
from rheobase.model import assign, connections, structure, subsets
from rheobase.model.carried import drop_unused
from rheobase.model.document import Document
from rheobase.model.location import Location, Recordable
from rheobase.model.names import UnknownName
from rheobase.model.profile import Profile
from rheobase.model.profile_kinds import KINDS
from rheobase.model.rule_data import rule_data, rule_of
from rheobase.model.source_data import source_data, source_of
from rheobase.model.values import Insertion, SectionSpec, Subset

SCHEMA = "rheobase.cell"
VERSION = 2
_LARGEST = 256 * 2**20
_KINDS = ("sections", "subsets", "sources", "insertions", "assignments", "placements", "connections", "pointers")


def write_document(document: Document, path: str | os.PathLike[str]) -> None:
    """Write a document to a file, whole or, if it cannot be written, not at all."""
    text = json_text(document)
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_document(path: str | os.PathLike[str]) -> Document:
    """Read a document from a file.

    **Raises:** `ValueError` that names the file and what is wrong in it.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"{path.name}: is {size / 2**20:.0f} MiB; a cell file has at most {_LARGEST // 2**20} MiB")
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_refuse_constant)
        return from_data(data)
    except RecursionError:
        raise ValueError(f"{path.name}: is nested too deeply to be a cell") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path.name}: is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def to_data(document: Document) -> dict[str, Any]:
    """Give a document as plain data: dictionaries, lists, text and finite numbers."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "name": document.name,
        "sections": [spec.model_dump(exclude_defaults=True) for spec in document.sections.values()],
        "subsets": [
            {
                "name": subset.name,
                **({"sections": subset.sections} if subset.rule is None else {"rule": rule_data(subset.rule)}),
            }
            for subset in document.subsets.values()
        ],
        **({"sources": sources} if (sources := _sources(document)) else {}),
        "insertions": [insertion.model_dump() for insertion in document.insertions.values()],
        "assignments": [
            {**item.model_dump(exclude={"value"}), "value": _plain_value(item.value)}
            for item in document.assignments.values()
        ],
        "placements": [
            {
                "name": p.name,
                "mechanism": p.mechanism,
                "parameters": {**p.parameters, **{name: list(v) for name, v in p.process.lists().items()}},
                **({} if p.section is None else {"section": p.section, "x": p.x}),
            }
            for p in document.placements.values()
        ],
        **({"connections": joined} if (joined := _connections(document)) else {}),
        **({"pointers": bound} if (bound := _pointers(document)) else {}),
    }


def from_data(data: Any) -> Document:
    """Make a document of plain data, by the same edits and with the same checks as by hand.

    **Raises:** `ValueError` that says where in the data something is wrong.
    """
    checked_schema(data, "cell", SCHEMA, VERSION)
    unknown = sorted(set(map(str, data)) - {"schema", "version", "name", *_KINDS})
    if unknown:
        raise ValueError(f"has an unknown entry {unknown[0][:80]!r}")
    document = Document(data.get("name"))
    readers: dict[str, Callable[[Document, dict[str, Any]], None]] = {
        "sections": _read_section,
        "subsets": _read_subset,
        "sources": _read_source,
        "insertions": _read_insertion,
        "assignments": _read_assignment,
        "placements": _read_placement,
        "connections": _read_connection,
        "pointers": _read_pointer,
    }
    with document.edit("Load"):
        for kind, read in readers.items():
            items = data.get(kind, [])
            if not isinstance(items, list):
                raise ValueError(f"{kind}: must be a list")
            for index, item in enumerate(items):
                try:
                    if not isinstance(item, dict):
                        raise TypeError(f"must be an object, not {str(item)[:80]!r}")
                    read(document, item)
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise ValueError(f"{kind}[{index}]: {_words(error)}") from error
                if len(getattr(document, kind)) != index + 1:
                    raise ValueError(f"{kind}[{index}]: is there twice")
        drop_unused(document)
    document.history.clear()
    return document


def json_text(document: Document) -> str:
    """Give the text of a document's file: one line for each part, so that two files compare line by line."""
    entries = []
    for name, value in to_data(document).items():
        if isinstance(value, list) and value:
            rows = ",\n  ".join(json.dumps(item, allow_nan=False) for item in value)
            entries.append(f"{json.dumps(name)}: [\n  {rows}\n ]")
        else:
            entries.append(f"{json.dumps(name)}: {json.dumps(value, allow_nan=False)}")
    return "{\n " + ",\n ".join(entries) + "\n}\n"


def _read_section(document: Document, item: dict[str, Any]) -> None:
    parent = item.get("parent")
    structure.add_section(document, SectionSpec(**{**item, "parent": None if parent is None else Location(**parent)}))


def _read_subset(document: Document, item: dict[str, Any]) -> None:
    if "rule" in item:
        subset = Subset(**{**item, "rule": rule_of(item["rule"])})
        if subset.rule is not None:
            subsets.add_rule(document, subset.name, subset.rule)
        return
    subset = Subset(name=item.pop("name"), sections=tuple(item.pop("sections")), **item)
    for section in subset.sections:
        if section not in document.sections:
            raise ValueError(f"subset {subset.name!r} names {section!r}, which is no section")
    subsets.add_subset(document, subset.name, list(subset.sections))


def _sources(document: Document) -> list[dict[str, Any]]:
    return [source_data(name, source) for name, source in sorted(document.sources.items())]


def _read_source(document: Document, item: dict[str, Any]) -> None:
    name, source = source_of(item)
    document.put(("sources", name), source)


def _mechanism(document: Document, name: Any) -> type[Mechanism]:
    """What a name means in a file: what the file carries, or what every Rheobase has, and nothing loaded by chance."""
    if not isinstance(name, str):
        raise TypeError(f"mechanism = {str(name)[:80]!r}: must be text")
    if name in document.sources:
        return document.mechanism(name)
    try:
        return written(name)
    except KeyError:
        known = [*document.mechanism_names("density"), *document.mechanism_names("point")]
        raise UnknownName("mechanism", name, known) from None


def _read_insertion(document: Document, item: dict[str, Any]) -> None:
    insertion = Insertion(**item)
    document.places.of(insertion.place)
    assign.insert(document, [("region", insertion.place)], _mechanism(document, insertion.mechanism), {})


def _read_assignment(document: Document, item: dict[str, Any]) -> None:
    value = item.pop("value")
    if isinstance(value, dict):
        value = _profile(value)
    elif isinstance(value, str):
        raise TypeError(f"value = {value[:80]!r}: must be a number, a list of numbers or a profile")
    scope, place, target = item.pop("scope"), item.pop("place"), item.pop("target")
    if item:
        raise ValueError(f"has an unknown entry {next(iter(item))[:80]!r}")
    if scope == "cell" and place != "all":
        raise ValueError(f"an assignment to the cell has the place 'all', not {str(place)[:80]!r}")
    if scope == "section" and place not in document.sections:
        raise UnknownName("section", place, document.sections)
    assign.assign(document, scope, place, target, value)


def _read_placement(document: Document, item: dict[str, Any]) -> None:
    definition = _mechanism(document, item.pop("mechanism"))
    if not issubclass(definition, PointProcess):
        raise ValueError(f"{definition.name} is no point process")
    process = definition(**item.pop("parameters"))
    name = item.pop("name")
    location = Location(item.pop("section"), item.pop("x")) if process.kind == "point" else None
    if item:
        raise ValueError(f"has an unknown entry {next(iter(item))!r}")
    if name is None:
        raise ValueError("has no name")
    assign.place(document, process, location, name)


def _connections(document: Document) -> list[dict[str, Any]]:
    return [
        {
            "name": c.name,
            "source": c.source.model_dump(exclude_none=True),
            "target": c.target,
            "weights": dict(zip(_weight_names(document, c.target), c.weights, strict=True)),
            "delay": c.delay,
            "threshold": c.threshold,
        }
        for c in document.connections.values()
    ]


def _weight_names(document: Document, target: str) -> tuple[str, ...]:
    return connections.weight_names(type(document.placements[target].process))


def _read_connection(document: Document, item: dict[str, Any]) -> None:
    source, target, name = item.pop("source"), item.pop("target"), item.pop("name")
    values = {**item.pop("weights"), "delay": item.pop("delay"), "threshold": item.pop("threshold")}
    if item or not isinstance(name, str) or not isinstance(target, str):
        raise ValueError("has an unknown entry, or a name that is no text")
    connections.connect(document, _recordable(source), target, _numbers(values), name)


def _pointers(document: Document) -> list[dict[str, Any]]:
    bound = sorted(document.pointers.items())
    return [{"pointer": ".".join(key), "target": at.model_dump(exclude_none=True)} for key, at in bound]


def _read_pointer(document: Document, item: dict[str, Any]) -> None:
    pointer, target = item.pop("pointer"), item.pop("target")
    if item:
        raise ValueError(f"has an unknown entry {next(iter(item))[:80]!r}")
    connections.bind(document, pointer, _recordable(target))


def _recordable(data: dict[str, Any]) -> Recordable:
    return Recordable(**{"x": None, **data})


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{name} = {str(value)[:80]!r}: must be a number")
    return values


def _profile(data: dict[str, Any]) -> Profile:
    kind = data.pop("profile", None)
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of profile; there are {', '.join(KINDS)}")
    fields: dict[str, Any] = {name: _tuples(value) for name, value in data.items()}
    if isinstance(fields.get("origin"), dict):
        fields["origin"] = Location(**fields["origin"])
    return KINDS[kind](**fields)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _plain_value(value: Any) -> Any:
    if isinstance(value, Profile):
        return {"profile": value.kind, **value.model_dump(exclude_defaults=True)}
    return list(value) if isinstance(value, tuple) else value


def _words(error: Exception) -> str:
    return f"has no {error}" if type(error) is KeyError and len(str(error)) < 40 else str(error)


def _refuse_constant(text: str) -> float:
    raise ValueError(f"contains {text}, which is no number of a cell")
