"""The fit as a short Python program, which builds it again when run."""

from typing import Any

from rheobase.fitting import file
from rheobase.fitting.document import FitDocument
from rheobase.fitting.functions import Function
from rheobase.fitting.trace import Trace
from rheobase.fitting.values import Match, Run, Vary
from rheobase.model import Cell, Protocol
from rheobase.model.code import place_text, process_text, recordable_text

_USUAL = Protocol()
_NUMBERS = ("tstop", "dt", "v_init", "celsius", "method", "atol", "rtol", "max_step")


def program(cell: Cell, document: FitDocument) -> str:
    """The program. Whatever came from a user goes in as a Python literal, so text can never become code."""
    # Fits within this one come first, since each has a cell of its own.
    lines = []
    for k, nested in enumerate(document.fits.values()):
        inner = program(*file.opened(nested)).removeprefix("import rheobase as rb\n\n")
        lines += [inner.rstrip("\n"), f"fit_{k + 1} = fit", ""]
    own = cell.to_code().rstrip("\n").removeprefix("import rheobase as rb\n\n")
    lines = ["import rheobase as rb", "", *lines, own, "", f"fit = rb.Fit(cell, {document.name!r})"]
    # What is varied may belong to the stimulus of a run, or to a function.
    for k, run in enumerate(document.runs.values()):
        lines += _run_lines(run, f"run_{k + 1}")
    for function in document.functions.values():
        lines += _function_lines(function)
    for k, nested in enumerate(document.fits.values()):
        weight = f", weight={_number(nested.weight)}" if nested.weight != 1 else ""
        lines.append(f"fit.add_fit({nested.name!r}, fit_{k + 1}{weight})")
        lines += [f"fit.fits[{nested.name!r}].on = False"] * (not nested.on)
    lines += [_vary_line(each) for each in document.parameters.values()]
    lines += [f"fit.tie({tie.target!r}, {tie.expression!r})" for tie in document.ties.values()]
    return "\n".join(lines) + "\n"


def _vary_line(each: Vary) -> str:
    given = [repr(each.target), _number(each.low), _number(each.high)]
    given += ["log=True"] * each.log
    given += [f"name={each.name!r}"] if each.name != each.target else []
    given += ["on=False"] * (not each.on)
    given += [f"start={_number(each.start)}"] if each.start is not None else []
    given += [f"prior=({_number(each.prior.mean)}, {_number(each.prior.sd)})"] if each.prior is not None else []
    return f"fit.vary({', '.join(given)})"


def _function_lines(function: Function) -> list[str]:
    given = [repr(function.name), repr(function.told)]
    if function.x:
        given += [_listed(function.x), _listed(function.y)]
        values = ", ".join(f"{name!r}: {_number(value)}" for name, value in function.values)
        given += [f"start={{{values}}}"] if values else []
    given += [f"regions={_regions(function.regions)}"] if function.regions else []
    given += [f"scale={_number(function.scale)}"] if function.scale != 1 else []
    given += [f"weight={_number(function.weight)}"] if function.weight != 1 else []
    held = f"fit.functions[{function.name!r}]"
    if function.x:
        lines = [f"fit.add_function({', '.join([*given, 'vary=False'])})"]
    else:
        lines = [f"fit.add_formula({', '.join([*given, f'target={_number(function.y[0])}'])})"]
    lines += [f"{held}.change(x_title={function.x_title!r})"] * (function.x_title != "x")
    return lines + [f"{held}.on = False"] * (not function.on)


def _run_lines(run: Run, held: str) -> list[str]:
    protocol = run.protocol
    given = [repr(run.name)]
    if protocol.stimuli or protocol.plays or protocol.atol_scale:
        given.append(f"protocol={_protocol(protocol)}")
    else:
        given += _numbers(protocol)
    given += [f"weight={_number(run.weight)}"] if run.weight != 1 else []
    given += [f"settings={dict(run.settings)!r}"] if run.settings else []
    lines = [f"{held} = fit.add_run({', '.join(given)})"]
    lines += [_match_line(match, held) for match in run.matches]
    lines += [f"{held}.change_match({k}, on=False)" for k, match in enumerate(run.matches) if not match.on]
    return lines + [f"{held}.on = False"] * (not run.on)


def _protocol(protocol: Protocol) -> str:
    placed = [f"({place_text(where)}, {process_text(process)})" for where, process in protocol.stimuli]
    given = [f"stimuli=[{', '.join(placed)}]"] if placed else []
    given += _numbers(protocol)
    given += [f"atol_scale={dict(protocol.atol_scale)!r}"] if protocol.atol_scale else []
    if protocol.plays:
        plays = [
            f"rb.Play({p.target!r}, {list(p.times)!r}, {list(p.values)!r}, interpolate={p.interpolate!r})"
            for p in protocol.plays
        ]
        given.append(f"plays=[{', '.join(plays)}]")
    return f"rb.Protocol({', '.join(given)})"


def _numbers(protocol: Protocol) -> list[str]:
    values = {name: getattr(protocol, name) for name in _NUMBERS}
    return [f"{name}={_literal(value)}" for name, value in values.items() if value != getattr(_USUAL, name)]


def _match_line(match: Match, held: str) -> str:
    given = [recordable_text(match.recordable), _target(match), f"method={match.method!r}"]
    if match.regions:
        given.append(f"regions={_regions(match.regions)}")
    given += [f"weight={_number(match.weight)}"] if match.weight != 1 else []
    given += [f"scale={_number(match.scale)}"] if match.scale != 1 else []
    given += [f"{name}={_number(value)}" for name, value in match.options]
    return f"{held}.match({', '.join(given)})"


def _target(match: Match) -> str:
    target: Any = match.target
    if isinstance(target, Trace):
        named = f", name={target.name!r}" if target.name else ""
        return f"rb.Trace({_listed(target.time)}, {_listed(target.value)}, {target.unit!r}{named})"
    if match.method == "features":
        return f"{{{', '.join(f'{name!r}: ({_number(mean)}, {_number(sd)})' for name, mean, sd in target)}}}"
    return _listed(target)


def _regions(regions: tuple[tuple[float, float, float], ...]) -> str:
    told = [f"({', '.join(map(_number, region))})" for region in regions]
    return f"[{', '.join(told)}]"


def _listed(numbers: Any) -> str:
    return f"[{', '.join(map(_number, numbers))}]"


def _literal(value: Any) -> str:
    return repr(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
