"""The fit as a JSON file: plain data with a schema and a version, checked as it is read."""

import json
import os
from pathlib import Path
from typing import Any

from rheobase.documents import checked_schema
from rheobase.expressions import Expression
from rheobase.fitting.document import FitDocument
from rheobase.fitting.functions import Function
from rheobase.fitting.methods import method_named
from rheobase.fitting.trace import Trace
from rheobase.fitting.values import Match, Nested, Prior, Run, Tie, Vary
from rheobase.model import Cell
from rheobase.model.file import from_data as cell_from_data, to_data as cell_to_data
from rheobase.model.protocol_data import protocol_data, protocol_of, recordables_data, recordables_of

SCHEMA = "rheobase.fit"
VERSION = 1
_LARGEST = 512 * 2**20
_ENTRIES = {"schema", "version", "name", "cell", "parameters", "ties", "runs", "functions", "fits"}


def write(cell: Cell, document: FitDocument, path: str | os.PathLike[str]) -> None:
    """Write a fit to a file, whole or, if it cannot be written, not at all."""
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text(to_data(cell, document)) + "\n", encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> Any:
    """Read the plain data of a fit from its file, or from the store of a run. **Raises:** ValueError, OSError."""
    path = Path(path)
    with path.open("rb") as handle:
        head = handle.read(16)
    if head.startswith(b"SQLite format 3"):
        from rheobase.fitting.store import Store

        with Store.open(path) as held:
            return plain(held.about["fit"])
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path.name}: is larger than {_LARGEST // 2**20} MiB, the most that a fit's file has")
    try:
        return plain(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: is not UTF-8 text") from None
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def plain(written: str) -> Any:
    """The data of a JSON text. **Raises:** ValueError that says where it is wrong."""
    try:
        return json.loads(written, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None


def text(data: Any) -> str:
    """Plain data as JSON."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def same(written: str, data: Any) -> bool:
    """Whether a JSON text says what some plain data say."""
    return bool(plain(written) == json.loads(text(data)))


def to_data(cell: Cell, document: FitDocument) -> dict[str, Any]:
    """A fit and its cell as plain data."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "name": document.name,
        "cell": cell_to_data(cell.freeze().document),
        "parameters": [each.model_dump(exclude_defaults=True) for each in document.parameters.values()],
        "ties": [each.model_dump(exclude_defaults=True) for each in document.ties.values()],
        "runs": [_run_data(run) for run in document.runs.values()],
        # A fit without these reads in versions of Rheobase that know of none.
        **({"functions": [_function_data(each) for each in document.functions.values()]} if document.functions else {}),
        **({"fits": [_nested_data(each) for each in document.fits.values()]} if document.fits else {}),
    }


def from_data(data: Any) -> tuple[Cell, FitDocument]:
    """A cell and a fit of plain data, with the same checks as by hand. **Raises:** ValueError that says where."""
    checked_schema(data, "fit", SCHEMA, VERSION)
    unknown = sorted(set(map(str, data)) - _ENTRIES)
    if unknown:
        raise ValueError(f"has an unknown entry {unknown[0][:80]!r}")
    document = FitDocument(str(data.get("name", "")))
    try:
        cell = Cell.of_document(cell_from_data(data.get("cell")))
    except ValueError as error:
        raise ValueError(f"cell: {error}") from error
    with document.edit("Open"):
        for kind, read_item in _READERS.items():
            for k, item in enumerate(_listed(data, kind)):
                try:
                    key, made = read_item(item)
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    raise ValueError(f"{kind}[{k}]: {error}") from error
                document.put((kind, key), made)
    document.history.clear()
    return cell, document


def opened(nested: Nested) -> tuple[Cell, FitDocument]:
    """The cell and the document of a fit within another. **Raises:** ValueError that says where."""
    return from_data(plain(nested.fit))


def expression_names(tie: Tie) -> frozenset[str]:
    """The names that a tie's formula needs."""
    return Expression(tie.expression).names


def _listed(data: Any, kind: str) -> list[dict[str, Any]]:
    rows = data.get(kind, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{kind}: must be a list of objects")
    return [dict(row) for row in rows]


def _vary_of(item: dict[str, Any]) -> tuple[str, Any]:
    prior = item.pop("prior", None)
    made = Vary(**item, prior=None if prior is None else Prior(**prior))
    return made.name, made


def _tie_of(item: dict[str, Any]) -> tuple[str, Any]:
    made = Tie(**item)
    return made.target, made


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "protocol": protocol_data(run.protocol),
        **({"settings": dict(run.settings)} if run.settings else {}),
        **({} if run.weight == 1 else {"weight": run.weight}),
        **({} if run.on else {"on": False}),
        "matches": [_match_data(match) for match in run.matches],
    }


def _match_data(match: Match) -> dict[str, Any]:
    target: Any = match.target
    if isinstance(target, Trace):
        kept: Any = {"trace": target.to_data()}
    elif match.method == "features":
        kept = {"features": {name: [mean, sd] for name, mean, sd in target}}
    else:
        kept = {"times": list(target)}
    return {
        "record": recordables_data([match.recordable])[0],
        "method": match.method,
        **kept,
        **({"regions": [list(region) for region in match.regions]} if match.regions else {}),
        **({} if match.weight == 1 else {"weight": match.weight}),
        **({} if match.scale == 1 else {"scale": match.scale}),
        **({"options": dict(match.options)} if match.options else {}),
        **({} if match.on else {"on": False}),
    }


def _run_of(item: dict[str, Any]) -> tuple[str, Any]:
    matches = item.pop("matches", [])
    settings = item.pop("settings", {})
    made = Run(
        protocol=protocol_of(item.pop("protocol")),
        settings=tuple(sorted((str(name), float(value)) for name, value in settings.items())),
        matches=tuple(_match_of(dict(match)) for match in matches),
        **item,
    )
    return made.name, made


def _match_of(item: dict[str, Any]) -> Match:
    (recordable,) = recordables_of([item.pop("record")])
    method_named(item.get("method"))
    if "trace" in item:
        target: Any = Trace.from_data(item.pop("trace"))
    elif "features" in item:
        target = tuple((str(name), float(mean), float(sd)) for name, (mean, sd) in item.pop("features").items())
    else:
        target = tuple(float(x) for x in item.pop("times"))
    options = tuple(sorted((str(name), float(value)) for name, value in item.pop("options", {}).items()))
    regions = tuple(tuple(region) for region in item.pop("regions", ()))
    return Match(recordable=recordable, target=target, options=options, regions=regions, **item)


def _function_data(function: Function) -> dict[str, Any]:
    data = function.model_dump(exclude_defaults=True)
    return {**data, **({"values": dict(function.values)} if function.values else {})}


def _function_of(item: dict[str, Any]) -> tuple[str, Any]:
    numbers = {name: tuple(float(x) for x in item.pop(name, ())) for name in ("x", "y")}
    values = tuple((str(name), float(value)) for name, value in item.pop("values", {}).items())
    regions = tuple(tuple(region) for region in item.pop("regions", ()))
    made = Function(**numbers, values=values, regions=regions, **item)
    return made.name, made


def _nested_data(nested: Nested) -> dict[str, Any]:
    return {**nested.model_dump(exclude_defaults=True), "fit": plain(nested.fit)}


def _nested_of(item: dict[str, Any]) -> tuple[str, Any]:
    made = Nested(**{**item, "fit": text(item["fit"])})
    opened(made)
    return made.name, made


_READERS = {"parameters": _vary_of, "ties": _tie_of, "runs": _run_of, "functions": _function_of, "fits": _nested_of}


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number that a fit has")
