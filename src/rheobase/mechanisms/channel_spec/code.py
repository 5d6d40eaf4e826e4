"""A channel as the Python that builds it. Whatever a user wrote goes in as a literal, so text never becomes code."""

from typing import Any

from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.forms import Formula
from rheobase.mechanisms.channel_spec.kinetics import Gate, Rates
from rheobase.mechanisms.channel_spec.part import Part

_WIDTH = 110


def program(channel: Channel) -> str:
    """The program that rebuilds a channel, as `spec`."""
    return f"import rheobase as rb\n\nspec = {expression(channel)}\n"


def expression(channel: Channel) -> str:
    """The expression that rebuilds a channel, for programs that import `rb`."""
    default = Channel(name=channel.name)
    given = [
        f"{name}={_literal(getattr(channel, name))}"
        for name in Channel.model_fields
        if name not in ("name", "gates") and getattr(channel, name) != getattr(default, name)
    ]
    arguments = [repr(channel.name), *given]
    if channel.gates:
        arguments.append(f"gates={_rows([_gate(gate) for gate in channel.gates])}")
    return f"rb.ChannelSpec({', '.join(arguments)})"


def _gate(gate: Gate) -> str:
    arguments = [repr(gate.name)]
    if gate.power != 1:
        arguments.append(str(gate.power))
    if gate.scheme is not None:
        arguments.append(f"states={_rows([_part(state) for state in gate.scheme.states])}")
        arguments.append(f"transitions={_rows([_part(t) for t in gate.scheme.transitions])}")
    elif isinstance(gate.kinetics, Rates) and gate.kinetics.forms():
        arguments += _rates_arguments(gate.kinetics)
    else:
        arguments.append(f"kinetics={_part(gate.kinetics)}")
    for name, default in (("q10", 1.0), ("reference", 6.3)):
        if getattr(gate, name) != default:
            arguments.append(f"{name}={_literal(getattr(gate, name))}")
    return f"rb.channel.Gate({', '.join(arguments)})"


def _rates_arguments(rates: Rates) -> list[str]:
    given = [f"{role}={_part(form)}" for role, form in rates.forms().items()]
    if rates.ligand is not None:
        given.append(f"ligand={rates.ligand!r}")
        given += [f"coefficient={rates.coefficient}"] if rates.coefficient != 1 else []
    return given


def _part(part: Any) -> str:
    kind, fields = type(part).__name__, type(part).model_fields
    if isinstance(part, Formula):
        constants = ", ".join(f"{name!r}: {_literal(value)}" for name, value in part.constants)
        return f"rb.channel.Formula({part.text!r}{f', {{{constants}}}' if constants else ''})"
    given = [
        f"{name}={_literal(getattr(part, name))}"
        for name, field in fields.items()
        if name != "form" and (field.is_required() or getattr(part, name) != field.default)
    ]
    return f"rb.channel.{kind}({', '.join(given)})"


def _rows(rows: list[str]) -> str:
    line = ", ".join(rows)
    if len(line) < _WIDTH and "\n" not in line:
        return f"[{line}]"
    inner = ",\n".join(rows).replace("\n", "\n    ")
    return f"[\n    {inner},\n]"


def _literal(value: Any) -> str:
    if isinstance(value, Part):
        return _part(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return repr(value).removesuffix(".0") if isinstance(value, float) else repr(value)
