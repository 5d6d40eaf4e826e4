"""Parameters of BluePyOpt, in each of the layouts that its examples and the tools built on it have."""

from collections.abc import Mapping
from typing import Any

from rheobase.share.error import ExchangeError
from rheobase.share.parameters.settings import Distribution, Setting, Settings, number, rows, table, word

_UNIFORM = "uniform"


def read_bluepyopt(data: Any) -> Settings:
    """What a file says: parameters, mechanisms, both together, or the values that a fit found.

    **Raises:** ExchangeError for a layout that is none of these.
    """
    if isinstance(data, list) and data and isinstance(data[0], dict):
        if "param_name" in data[0]:
            return _configurations(data)
        if _are_values(data[0]):
            found = _values(data[0])
            if len(data) > 1:
                found.notes.append(f"of {len(data)} sets of values the first was taken")
            return found
    if isinstance(data, dict) and data:
        if "parameters" in data:
            return _recipe(data)
        if _are_values(data):
            return _values(data)
        if all(isinstance(listed, list) for listed in data.values()):
            return _by_section_list(data)
    raise ExchangeError(
        "this is neither a fit of the Allen Institute, with passive, conditions and genome, nor a file of BluePyOpt's, "
        "with parameters (param_name, sectionlist, type), mechanisms by section list, or values by name"
    )


def _are_values(data: Mapping[str, Any]) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in data.values())


def _values(data: Mapping[str, Any]) -> Settings:
    return Settings(chosen={name: number(value, name) for name, value in data.items()})


def _configurations(data: list[Any]) -> Settings:
    """A list of `{param_name, sectionlist, type, dist_type, value or bounds}`."""
    found = Settings()
    constants: dict[str, float | None] = {}
    for row in data:
        entry = table(row, "a parameter")
        name = word(entry.get("param_name"), "param_name")
        value, bounds = _value(entry, name)
        kind = entry.get("type", "range")
        if kind == "global":
            found.everywhere[name] = value
        elif kind == "meta":
            constants[name] = value
        elif kind in ("section", "range"):
            distribution = None
            if entry.get("dist_type", _UNIFORM) != _UNIFORM:
                named = [
                    word(each, "parameters") for each in rows(entry.get("parameters", []), f"parameters of {name}")
                ]
                distribution = Distribution(
                    word(entry.get("dist"), f"dist of {name}"),
                    dict.fromkeys(named),
                    str(entry.get("ref_section", "soma[0]")),
                    number(entry.get("ref_point", entry.get("soma_ref_point", 0.5)), f"ref_point of {name}"),
                )
            mechanism = entry.get("mech")
            found.settings.append(
                Setting(_places(entry.get("sectionlist"), name), name, value, bounds, distribution, mechanism)
            )
        else:
            raise ExchangeError(f"{name} is of type {str(kind)[:40]!r}; there are global, section, range and meta")
    for setting in found.settings:
        if setting.distribution is not None:
            used = {each: constants.get(each) for each in setting.distribution.constants}
            braced = {each: value for each, value in constants.items() if f"{{{each}}}" in setting.distribution.formula}
            setting.distribution.constants = used | braced
    return found


def _value(entry: Mapping[str, Any], name: str) -> tuple[float | None, tuple[float, float] | None]:
    value = entry.get("value", entry.get("val"))
    bounds = entry.get("bounds")
    if isinstance(value, list):
        value, bounds = None, value
    if value is not None:
        return number(value, name), None
    limits = rows(bounds, f"{name} has neither a value nor bounds")
    if len(limits) != 2:
        raise ExchangeError(f"bounds of {name}: two numbers belong there, not {len(limits)}")
    return None, (number(limits[0], name), number(limits[1], name))


def _places(listed: Any, name: str) -> tuple[str, ...]:
    places = listed if isinstance(listed, list) else [listed]
    return tuple(word(place, f"sectionlist of {name}") for place in places)


def _by_section_list(data: Mapping[str, Any]) -> Settings:
    """By section list, names of mechanisms, `[name, value, distribution]` or `[mechanism, name, low, high, ...]`."""
    found = Settings()
    for place, listed in data.items():
        for each in listed:
            if isinstance(each, str):
                found.insertions.append((place, each))
                continue
            row = rows(each, place)
            if len(row) in (2, 3):
                name, value = word(row[0], place), number(row[1], str(row[0]))
                if place == "global":
                    found.everywhere[name] = value
                else:
                    _refuse_named(row[2] if len(row) == 3 else _UNIFORM, name)
                    found.settings.append(Setting((place,), name, value))
            elif len(row) == 5:
                mechanism, name = word(row[0], place), f"{row[1]}_{row[0]}"
                _refuse_named(row[4], name)
                bounds = (number(row[2], name), number(row[3], name))
                found.insertions.append((place, mechanism))
                found.settings.append(Setting((place,), name, None, bounds, None, mechanism))
            else:
                raise ExchangeError(f"{place}: {str(row)[:80]} has {len(row)} entries, of which none knows the meaning")
    return found


def _refuse_named(distribution: Any, name: str) -> None:
    if distribution != _UNIFORM:
        raise ExchangeError(
            f"{name} has the distribution {str(distribution)[:40]!r}, whose formula stands in no file: set it by a "
            "profile, such as rb.exponential, after loading the rest"
        )


def _recipe(data: Mapping[str, Any]) -> Settings:
    """One table of `mechanisms`, `distributions` and `parameters`, each by section list or as a list."""
    found = Settings()
    mechanisms = data.get("mechanisms", {})
    if isinstance(mechanisms, dict):
        for place, listed in mechanisms.items():
            names = table(listed, place).get("mech", []) if isinstance(listed, dict) else listed
            found.insertions += [(place, word(name, place)) for name in rows(names, place)]
    else:
        for row in rows(mechanisms, "mechanisms"):
            entry = table(row, "mechanisms")
            found.insertions.append((word(entry.get("location"), "location"), word(entry.get("name"), "name")))
    distributions = _distributions(data.get("distributions", {}))
    for place, entry in _parameter_rows(data["parameters"]):
        name = word(entry.get("name"), f"name of a parameter of {place}")
        value, bounds = _value(entry, name)
        if place == "global":
            found.everywhere[name] = value
        elif place.startswith("distribution_"):
            _named(distributions, place.removeprefix("distribution_")).constants[name] = value
        else:
            chosen = entry.get("dist", entry.get("distribution", _UNIFORM))
            distribution = None if chosen == _UNIFORM else _named(distributions, chosen)
            found.settings.append(Setting((place,), name, value, bounds, distribution))
    return found


def _parameter_rows(parameters: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(parameters, dict):
        return [
            (place, table(row, place))
            for place, listed in parameters.items()
            if not place.startswith("__")
            for row in rows(listed, place)
        ]
    entries = [table(row, "parameters") for row in rows(parameters, "parameters")]
    return [(word(entry.get("location"), "location"), entry) for entry in entries]


def _distributions(data: Any) -> dict[str, Distribution]:
    entries = (
        data if isinstance(data, dict) else {word(row.get("name"), "name"): row for row in rows(data, "distributions")}
    )
    found = {}
    for name, listed in entries.items():
        entry = table(listed, f"distribution {name}")
        if name == _UNIFORM or name.startswith("__"):
            continue
        formula = word(entry.get("fun", entry.get("function")), f"formula of the distribution {name}")
        constants = [word(each, name) for each in entry.get("parameters") or []]
        x = number(entry.get("soma_ref_location", 0.5), f"soma_ref_location of {name}")
        found[name] = Distribution(formula, dict.fromkeys(constants), x=x)
    return found


def _named(distributions: Mapping[str, Distribution], name: Any) -> Distribution:
    if name not in distributions:
        raise ExchangeError(
            f"there is no distribution {str(name)[:60]!r}; there are {', '.join(distributions) or 'none'}"
        )
    return distributions[name]
