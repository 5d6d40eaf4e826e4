"""The protocol as plain data, checked as it is read."""

from collections.abc import Iterable
from typing import Any

from rheobase.documents import checked_schema
from rheobase.mechanisms import PointProcess, Source, compiled, written
from rheobase.model.location import Location, Recordable
from rheobase.model.names import UnknownName
from rheobase.model.play import Play
from rheobase.model.protocol import Protocol
from rheobase.model.source_data import source_data, source_of

SCHEMA = "rheobase.protocol"
VERSION = 1
_NUMBERS = ("tstop", "dt", "v_init", "celsius", "method")
_TOLERANCES = ("atol", "rtol", "max_step")  # written where they differ, so that files without them are as they were

_USUAL = Protocol()


def protocol_data(protocol: Protocol) -> dict[str, Any]:
    """Give a protocol as plain data: dictionaries, lists, text and finite numbers."""
    sources = {process.name: process.made_from for _, process in protocol.stimuli if process.made_from is not None}
    return {
        "schema": SCHEMA,
        "version": VERSION,
        **{name: getattr(protocol, name) for name in _NUMBERS},
        **{name: value for name in _TOLERANCES if (value := getattr(protocol, name)) != getattr(_USUAL, name)},
        **({"atol_scale": dict(protocol.atol_scale)} if protocol.atol_scale else {}),
        **({"sources": [source_data(*item) for item in sorted(sources.items())]} if sources else {}),
        "stimuli": [
            {
                "section": where.section,
                "x": where.x,
                "mechanism": process.name,
                "parameters": {**process.values(), **{name: list(v) for name, v in process.lists().items()}},
            }
            for where, process in protocol.stimuli
        ],
        "record": recordables_data(protocol.record),
        **({"plays": [_play_data(play) for play in protocol.plays]} if protocol.plays else {}),
    }


def protocol_of(data: Any) -> Protocol:
    """Make a protocol of plain data, with the same checks as by hand.

    **Raises:** `ValueError` that says where in the data something is wrong.
    """
    checked_schema(data, "protocol", SCHEMA, VERSION)
    unknown = sorted(
        set(map(str, data))
        - {"schema", "version", "sources", "stimuli", "record", "plays", "atol_scale", *_NUMBERS, *_TOLERANCES}
    )
    if unknown:
        raise ValueError(f"has an unknown entry {unknown[0][:80]!r}")
    try:
        sources = dict(source_of(dict(item)) for item in data.get("sources", []))
        stimuli = [_stimulus(dict(item), sources) for item in data.get("stimuli", [])]
        return Protocol(
            stimuli=stimuli,
            record=recordables_of(data.get("record", [])),
            plays=[_play_of(dict(item)) for item in data.get("plays", [])],
            **{name: data[name] for name in (*_NUMBERS, *_TOLERANCES, "atol_scale") if name in data},
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        missing = type(error) is KeyError and len(str(error)) < 40
        raise ValueError(f"the protocol {f'has no {error}' if missing else f'is unsound: {error}'}") from error


def _play_data(play: Play) -> dict[str, Any]:
    return {
        "target": play.target,
        "times": list(play.times),
        "values": list(play.values),
        "interpolate": play.interpolate,
    }


def _play_of(item: dict[str, Any]) -> Play:
    return Play(item.pop("target"), item.pop("times"), item.pop("values"), **item)


def recordables_data(recordables: Iterable[Recordable]) -> list[dict[str, Any]]:
    """Give what is recorded as plain data."""
    return [recordable.model_dump(exclude_none=True) for recordable in recordables]


def recordables_of(data: Any) -> tuple[Recordable, ...]:
    """Give what `recordables_data` wrote. **Raises:** `ValueError` or `TypeError`."""
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise TypeError("what is recorded must be a list of objects")
    return tuple(Recordable(**{"x": None, **item}) for item in data)


def _stimulus(item: dict[str, Any], sources: dict[str, Source]) -> tuple[Location, PointProcess]:
    name, where = item.pop("mechanism"), Location(item.pop("section"), item.pop("x"))
    try:
        definition = compiled(sources[name]) if name in sources else written(name)
    except (KeyError, TypeError):
        raise UnknownName("point process", str(name)[:80], sources) from None
    if not issubclass(definition, PointProcess):
        raise ValueError(f"{definition.name} is no point process")
    process = definition(**item.pop("parameters"))
    if item:
        raise ValueError(f"a stimulus has an unknown entry {next(iter(item))[:80]!r}")
    return where, process
