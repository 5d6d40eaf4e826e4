"""What is done to a cell in one run, as a document of its own."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from rheobase.documents import Value
from rheobase.mechanisms import PointProcess
from rheobase.model.assign import free_name
from rheobase.model.location import Location, Recordable
from rheobase.model.play import Play
from rheobase.model.values import Placement
from rheobase.units import to_float

ABSOLUTE_ZERO = -273.15  # degC
_UNITS = {"tstop": "ms", "dt": "ms", "max_step": "ms", "v_init": "mV", "celsius": "degC"}


def _quantity(value: Any, info: ValidationInfo) -> float:
    return to_float(value, _UNITS[str(info.field_name)], str(info.field_name))


def _duration(value: Any, info: ValidationInfo) -> float:
    number = _quantity(value, info)
    if number <= 0:
        raise ValueError(f"{info.field_name} = {value!r} ms: must be greater than 0")
    return number


def _longest(value: Any, info: ValidationInfo) -> float | None:
    return None if value is None else _duration(value, info)


def _absolute(value: Any, info: ValidationInfo) -> float:
    number = to_float(value, "1", str(info.field_name))
    if number <= 0:
        raise ValueError(f"{info.field_name} = {value!r}: must be greater than 0")
    return number


def _relative(value: Any, info: ValidationInfo) -> float:
    number = to_float(value, "1", str(info.field_name))
    if not 0 <= number < 1:
        raise ValueError(f"{info.field_name} = {value!r}: must be from 0 to less than 1")
    return number


def _scales(value: Any) -> tuple[tuple[str, float], ...]:
    try:
        pairs = dict(value)
    except (TypeError, ValueError):
        raise TypeError(f"atol_scale = {value!r}: must be like {{'cai': 1e-4}}") from None
    scales = []
    for name, factor in sorted(pairs.items(), key=lambda pair: str(pair[0])):
        if not isinstance(name, str):
            raise TypeError(f"atol_scale[{name!r}]: a type of state has a name, such as 'v', 'hh.m' or 'cai'")
        number = to_float(factor, "1", f"atol_scale[{name!r}]")
        if number <= 0:
            raise ValueError(f"atol_scale[{name!r}] = {factor!r}: must be greater than 0")
        scales.append((name, number))
    return tuple(scales)


def _temperature(value: Any, info: ValidationInfo) -> float:
    number = _quantity(value, info)
    if number <= ABSOLUTE_ZERO:
        raise ValueError(f"celsius = {value!r} degC: must be above absolute zero, {ABSOLUTE_ZERO} degC")
    return number


def _stimuli(value: Any) -> tuple[tuple[Location, PointProcess], ...]:
    found = []
    for index, pair in enumerate(_listed("stimuli", value)):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"stimuli[{index}] = {pair!r}: must be a pair such as (soma(0.5), IClamp(5, 80, 0.3))")
        where, process = pair
        if not isinstance(where, Location) or not isinstance(process, PointProcess):
            raise TypeError(
                f"stimuli[{index}] = {pair!r}: must be a place and a point process, such as "
                "(soma(0.5), IClamp(5, 80, 0.3))"
            )
        found.append((where, process))
    return tuple(found)


def _record(value: Any) -> tuple[Recordable, ...]:
    items = [value] if isinstance(value, Recordable) else _listed("record", value)
    for index, item in enumerate(items):
        if not isinstance(item, Recordable):
            raise TypeError(f"record[{index}] = {item!r}: must be something to record, such as soma(0.5).v")
    return tuple(items)


def _method(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise ValueError(f"method = {value!r}: must be the name of an integrator, such as 'implicit_euler'")
    return value


def _plays(value: Any) -> tuple[Play, ...]:
    items = [value] if isinstance(value, Play) else _listed("plays", value)
    for index, item in enumerate(items):
        if not isinstance(item, Play):
            raise TypeError(f"plays[{index}] = {item!r}: must be a Play('IClamp[0].amp', times, values)")
    return tuple(items)


def _listed(name: str, value: Any) -> list[Any]:
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} = {value!r}: must be a list")
    return list(value)


class Protocol(Value):
    """What is done to a cell and recorded of it: one cell serves many protocols.

    **Arguments:**

    - `stimuli`: pairs of a place and a point process, added to those of the cell for the run.
    - `record`: what to record, such as `soma(0.5).v`.
    - `tstop`, `dt`: length of the run and time step, ms. `v_init`: starting potential, mV. `celsius`: degC.
    - `method`: the integrator by its name, such as `"implicit_euler"` or `"crank_nicolson"`.
    - `atol`, `rtol`: of methods that choose their steps, the error allowed in a step: absolute, in each state's own
      unit, and relative to it. `atol_scale`: a factor for the absolute one by type of state, such as `{"cai": 1e-4}`;
      kept as pairs, in the order of their names. `max_step`: the longest step that they may take, ms, None for any.
    - `plays`: what is played into parameters as the run goes, each a `Play`.

    Frozen, and equal by content; `replace(tstop=50)` gives another.

    **Raises:** `ValueError` or `TypeError` naming what is wrong.

    >>> from rheobase.mechanisms import IClamp
    >>> step = Protocol(stimuli=[(Location("soma", 0.5), IClamp(5, 80, 0.3))], tstop=100)
    >>> step
    <Protocol: 1 stimulus, 0 recorded, 100 ms at dt 0.025 ms, v_init -65 mV, 6.3 degC, implicit_euler>
    >>> Protocol(tstop=-5)
    Traceback (most recent call last):
    ...
    ValueError: tstop = -5 ms: must be greater than 0
    """

    stimuli: Annotated[tuple[tuple[Location, PointProcess], ...], BeforeValidator(_stimuli)]
    record: Annotated[tuple[Recordable, ...], BeforeValidator(_record)]
    tstop: Annotated[float, BeforeValidator(_duration)]
    dt: Annotated[float, BeforeValidator(_duration)]
    v_init: Annotated[float, BeforeValidator(_quantity)]
    celsius: Annotated[float, BeforeValidator(_temperature)]
    method: Annotated[str, BeforeValidator(_method)]
    atol: Annotated[float, BeforeValidator(_absolute)]
    rtol: Annotated[float, BeforeValidator(_relative)]
    max_step: Annotated[float | None, BeforeValidator(_longest)]
    atol_scale: Annotated[tuple[tuple[str, float], ...], BeforeValidator(_scales)]
    plays: Annotated[tuple[Play, ...], BeforeValidator(_plays)]

    def __init__(
        self,
        *,
        stimuli: Iterable[tuple[Location, PointProcess]] = (),
        record: Recordable | Iterable[Recordable] = (),
        tstop: Any = 100.0,
        dt: Any = 0.025,
        v_init: Any = -65.0,
        celsius: Any = 6.3,
        method: str = "implicit_euler",
        atol: Any = 1e-3,
        rtol: Any = 0.0,
        max_step: Any = None,
        atol_scale: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        plays: Play | Iterable[Play] = (),
    ) -> None:
        super().__init__(
            stimuli=stimuli,
            record=record,
            tstop=tstop,
            dt=dt,
            v_init=v_init,
            celsius=celsius,
            method=method,
            atol=atol,
            rtol=rtol,
            max_step=max_step,
            atol_scale=atol_scale,
            plays=plays,
        )

    def placements(self, taken: Iterable[str] = ()) -> tuple[Placement, ...]:
        """Give the stimuli as placements, named on from the names that a cell's own have `taken`.

        >>> from rheobase.mechanisms import IClamp
        >>> [p.name for p in Protocol(stimuli=[(Location("soma", 0.5), IClamp())]).placements(["IClamp[0]"])]
        ['IClamp[1]']
        """
        used = dict.fromkeys(taken)
        found = []
        for where, process in self.stimuli:
            name = free_name(process.name, used)
            used[name] = None
            found.append(Placement(name=name, process=process, section=where.section, x=where.x))
        return tuple(found)

    def __repr__(self) -> str:
        count = len(self.stimuli)
        stimuli = f"{count} {'stimulus' if count == 1 else 'stimuli'}"
        return (
            f"<Protocol: {stimuli}, {len(self.record)} recorded, {self.tstop:g} ms at dt {self.dt:g} ms, "
            f"v_init {self.v_init:g} mV, {self.celsius:g} degC, {self.method}>"
        )
