"""What a hand does to a channel: each an edit of its `ChannelSpec`, each one step of undo."""

from collections.abc import Hashable, Iterable
from itertools import chain, count, pairwise
from typing import Any

import numpy as np

from rheobase.expressions import Expression
from rheobase.mechanisms.channel_spec import (
    AlphaBeta,
    ChannelSpec,
    Exponential,
    Form,
    Formula,
    Gate,
    Rates,
    Scheme,
    State,
    Table,
    Transition,
)
from rheobase.mechanisms.channel_spec.convert import SPAN, converted, scaled
from rheobase.mechanisms.channel_spec.fit import fitted
from rheobase.widgets.actions import ActingWidget, action

_GATE_NAMES = ("m", "h", "n", "l", "r", "w", "x", "y", "z")
_FIRST_PAIR = AlphaBeta(alpha=Exponential(A=0.5, k=0.04, d=-40.0), beta=Exponential(A=0.5, k=-0.04, d=-40.0))


class ChannelEdits(ActingWidget):
    """The answers to what the browser asks to do with a channel. `spec` is the channel."""

    spec: ChannelSpec

    # The channel

    @action("channel.set")
    def set_field(self, field: str, value: Any) -> None:
        """Set a field: `name`, `kind`, `current`, `ion` (empty for none), `valence`, `single_channels`."""
        if field not in ("name", "kind", "current", "ion", "valence", "single_channels"):
            raise ValueError(f"{field[:40]!r} is no field of a channel that is set here")
        if field in ("ion", "valence") and value == "":
            value = None
        with self.spec.edit(f"Set {field}", origin=self.model_id):
            if field == "kind" and value == "density":
                self.spec.put_field("single_channels", False)
            if field == "ion":
                self.spec.put_field("valence", None)
            self.spec.put_field(field, value)

    @action("number.set")
    def set_number(self, key: str, value: float | str, gesture: str) -> None:
        """Change one number; all values of one gesture are one step of undo."""
        self.spec.set(key, value, coalesce=(self.model_id, key, gesture), origin=self.model_id)

    # Gates

    @action("gate.add")
    def add_gate(self, kinetics: str = "alpha_beta") -> dict[str, Any]:
        """Add a gate with a name that is free."""
        taken = {part for gate in self.spec.gates for part in (gate.name, *gate.states)}
        name = next(name for name in chain(_GATE_NAMES, (f"g{n}" for n in count(1))) if name not in taken)
        if kinetics == "scheme":
            closed, opened = _free_names(taken, "C", "O")
            states = (State(name=closed, x=160, y=130), State(name=opened, conductance=1, x=320, y=130))
            step = Transition(source=closed, target=opened, rates=_FIRST_PAIR)
            gate = Gate(name, kinetics=Scheme(states=states, transitions=(step,)))
        else:
            gate = Gate(name, kinetics=_FIRST_PAIR)
        self.spec.put_gate(gate, origin=self.model_id)
        return {"gate": name}

    @action("gate.remove")
    def remove_gate(self, gate: str) -> None:
        """Take a gate out."""
        self.spec.remove_gate(gate, origin=self.model_id)

    @action("gate.rename")
    def rename_gate(self, gate: str, name: str) -> dict[str, Any]:
        """Give a gate another name."""
        if name != gate:
            self.spec.rename_gate(gate, name, origin=self.model_id)
        return {"gate": name}

    @action("gate.power")
    def set_power(self, gate: str, power: Any) -> None:
        """How often a gate counts."""
        if isinstance(power, float) and power.is_integer():
            power = int(power)
        self.spec.put_gate(self.spec[gate].replace(power=power), origin=self.model_id)

    @action("gate.kinetics")
    def set_kinetics(self, gate: str, form: str, pair: str = "") -> None:
        """Write a gate, or one transition of its scheme, in another form that moves as nearly alike as can be."""
        old, transition = self.spec[gate], pair if self.spec[gate].scheme else ""
        if form == "scheme":
            changed = old.replace(kinetics=self._as_scheme(old), power=1)
            self.spec.put_gate(changed, origin=self.model_id)
            return
        if old.scheme is not None and not transition:
            if len(old.scheme.transitions) != 1:
                raise ValueError("only a scheme of two states can become a gate with one pair of rates")
            kinetics: Rates = old.scheme.transitions[0].rates
        else:
            kinetics = old.pairs[transition or gate]
        self._put_rates(gate, transition, converted(kinetics, form, old.reference))

    def _as_scheme(self, gate: Gate) -> Scheme:
        """A gate of power n as a chain of n + 1 states, each step with as many particles as are left to move."""
        if gate.scheme is not None:
            return gate.scheme
        pair: Any = converted(gate.pairs[gate.name], "alpha_beta", gate.reference)
        n = gate.power
        taken = {part for other in self.spec.gates if other is not gate for part in (other.name, *other.states)}
        names = _free_names(taken, *(f"C{k}" if n > 1 else "C" for k in range(n)), "O")
        gap = min(140, 400 // n)
        left = 240 - gap * n / 2
        states = [State(name=name, conductance=float(k == n), x=left + gap * k, y=130) for k, name in enumerate(names)]
        steps = [
            Transition(
                source=a,
                target=b,
                rates=pair.replace(alpha=scaled(pair.alpha, n - k), beta=scaled(pair.beta, k + 1)),
            )
            for k, (a, b) in enumerate(pairwise(names))
        ]
        return Scheme(states=tuple(states), transitions=tuple(steps))

    # Rates; `pair` is the gate's name, or that of a transition such as C_O

    @action("rate.form")
    def set_form(self, gate: str, pair: str, role: str, form: str) -> None:
        """Write a rate in another form, fitted to what it was."""
        rates = self._rates(gate, pair)
        old = _form_of(rates, role)
        self._put_role(gate, pair, role, fitted(form, SPAN, old(SPAN, self.spec[gate].reference)))

    @action("rate.formula")
    def set_formula(self, gate: str, pair: str, role: str, text: str) -> None:
        """Give a rate by a formula; names that are new in it become constants of 1."""
        old = _form_of(self._rates(gate, pair), role)
        known = old.coefficients if isinstance(old, Formula) else {}
        names = sorted(Expression(text).names - {"v", "celsius"})
        constants = tuple((name, known.get(name, 1.0)) for name in names)
        self._put_role(gate, pair, role, Formula(text=text, constants=constants))

    @action("rate.table")
    def set_table(self, gate: str, pair: str, role: str, text: str) -> None:
        """Give a rate by points: two columns of numbers, voltage and value."""
        v, y = points_of(text)
        self._put_role(gate, pair, role, Table(v=tuple(v), y=tuple(y)))

    @action("rate.fit")
    def fit_table(self, gate: str, pair: str, role: str, form: str) -> None:
        """Fit a form to the points of a table."""
        old = _form_of(self._rates(gate, pair), role)
        if not isinstance(old, Table):
            raise TypeError(f"{role} of {pair} is no table of points")
        self._put_role(gate, pair, role, fitted(form, np.array(old.v), np.array(old.y)))

    @action("rates.ligand")
    def set_ligand(self, gate: str, pair: str, ligand: str, coefficient: Any = 1) -> None:
        """Let the opening rate depend on a concentration, such as `ca.inside`; empty for none."""
        if isinstance(coefficient, float) and coefficient.is_integer():
            coefficient = int(coefficient)
        rates = self._rates(gate, pair).replace(ligand=ligand or None, coefficient=coefficient if ligand else 1)
        self._put_rates(gate, pair, rates)

    # Schemes

    @action("state.add")
    def add_state(self, gate: str, x: float, y: float, source: str = "") -> dict[str, Any]:
        """Add a closed state at a place of the canvas, connected to `source` if one is given."""
        (name,) = _free_names(self._taken(), "C")
        with self.spec.edit(f"Add {name}", origin=self.model_id):
            self.spec.add_state(gate, State(name=name, x=x, y=y))
            if source:
                self.spec.add_transition(gate, Transition(source=source, target=name, rates=_FIRST_PAIR))
        return {"state": name}

    @action("state.move")
    def move_states(self, gate: str, places: dict[str, list[float]], gesture: str = "") -> None:
        """Draw states elsewhere, by name."""
        key: Hashable = (self.model_id, gate, gesture) if gesture else None
        with self.spec.edit(f"Move {', '.join(places)}", coalesce=key, origin=self.model_id):
            for state, (x, y) in places.items():
                self.spec.move_state(gate, state, x, y)

    @action("state.rename")
    def rename_state(self, gate: str, state: str, name: str) -> dict[str, Any]:
        """Give a state another name."""
        if name != state:
            self.spec.rename_state(gate, state, name, origin=self.model_id)
        return {"state": name}

    @action("state.remove")
    def remove_state(self, gate: str, state: str) -> None:
        """Take a state out, with its transitions."""
        self.spec.remove_state(gate, state, origin=self.model_id)

    @action("transition.add")
    def add_transition(self, gate: str, source: str, target: str) -> dict[str, Any]:
        """Connect two states by rates to begin with."""
        transition = Transition(source=source, target=target, rates=_FIRST_PAIR)
        self.spec.add_transition(gate, transition, origin=self.model_id)
        return {"pair": transition.name}

    @action("transition.remove")
    def remove_transition(self, gate: str, pair: str) -> None:
        """Take a transition out."""
        self.spec.remove_transition(gate, pair, origin=self.model_id)

    # History

    @action("history.undo")
    def undo(self) -> None:
        """Take the last edit back."""
        self.spec.undo()

    @action("history.redo")
    def redo(self) -> None:
        """Make the last edit undone again."""
        self.spec.redo()

    def _taken(self) -> set[str]:
        return {part for gate in self.spec.gates for part in (gate.name, *gate.states)}

    def _rates(self, gate: str, pair: str) -> Rates:
        pairs = self.spec[gate].pairs
        if pair not in pairs:
            raise KeyError(f"gate {gate!r} has no rates {pair!r}")
        return pairs[pair]

    def _put_rates(self, gate: str, pair: str, rates: Rates) -> None:
        transition = pair if self.spec[gate].scheme is not None and pair else None
        self.spec.set_kinetics(gate, rates, transition=transition, origin=self.model_id)

    def _put_role(self, gate: str, pair: str, role: str, form: Form) -> None:
        self._put_rates(gate, pair, self._rates(gate, pair).replace(**{role: form}))


def points_of(text: str, what: str = "a voltage in mV and a value") -> tuple[list[float], list[float]]:
    r"""Two columns of numbers, separated by blanks, commas, semicolons or tabs; `what` they are, in words.

    **Raises:** ValueError that names the line.

    >>> points_of("-80 0.1\n0, 0.9")
    ([-80.0, 0.0], [0.1, 0.9])
    """
    rows: list[tuple[float, float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").replace(";", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            v, y = map(float, words)
        except ValueError:
            raise ValueError(f"line {number}, {line[:40]!r}: give two numbers, {what}") from None
        rows.append((v, y))
    rows.sort()
    return [v for v, _ in rows], [y for _, y in rows]


def _form_of(rates: Rates, role: str) -> Form:
    forms = rates.forms()
    if role not in forms:
        raise KeyError(f"these rates have no {role!r}; they have {', '.join(forms) or 'no forms to choose'}")
    return forms[role]


def _free_names(taken: Iterable[str], *wanted: str) -> list[str]:
    """Each wanted name if it is free, else with the first number that makes it so."""
    used = set(taken)
    found = []
    for stem in wanted:
        name = stem
        if name in used:
            root = stem.rstrip("0123456789")
            name = next(f"{root}{n}" for n in count(1) if f"{root}{n}" not in used)
        used.add(name)
        found.append(name)
    return found
