"""Rules as plain data."""

from collections.abc import Mapping
from functools import partial, reduce
from typing import Any

from rheobase.model.location import Location
from rheobase.model.rule import DEEPEST, SIGNS, Combined, Inverse, Rule, combined
from rheobase.model.where import Where


def rule_data(rule: Rule) -> dict[str, Any]:
    """Give a rule as plain data."""
    if isinstance(rule, Combined):
        return {rule.operator: [rule_data(each) for each in rule.rules]}
    if isinstance(rule, Inverse):
        return {"not": rule_data(rule.rule)}
    return {"where": rule.model_dump(exclude_defaults=True)}


def rule_of(data: Any, depth: int = 0) -> Rule:
    """Make a rule of plain data. **Raises:** `ValueError` or `TypeError` that says what is wrong in it."""
    if not isinstance(data, Mapping) or len(data) != 1:
        raise TypeError(f"a rule must be an object with one of where, not, {', '.join(SIGNS)}, not {str(data)[:80]!r}")
    if depth > DEEPEST:
        raise ValueError("the rule is nested too deeply")
    ((kind, inner),) = data.items()
    if kind == "where":
        if not isinstance(inner, Mapping):
            raise TypeError(f"where must be an object, not {str(inner)[:80]!r}")
        fields = dict(inner)
        if isinstance(fields.get("origin"), Mapping):
            fields["origin"] = Location(**fields["origin"])
        return Where(**fields)
    if kind == "not":
        return ~rule_of(inner, depth + 1)
    operator = next((known for known in SIGNS if known == kind), None)
    if operator is None or not isinstance(inner, list):
        raise ValueError(f"{str(kind)[:80]!r} is no kind of rule, or has no list of rules")
    first, *rest = (rule_of(each, depth + 1) for each in inner) if inner else [None]
    if first is None or not rest:
        raise ValueError(f"{operator!r} combines two rules or more")
    return reduce(partial(combined, operator), rest, first)
