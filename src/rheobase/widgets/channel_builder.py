"""A channel built by hand: its gates and schemes drawn and changed, its curves following."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from rheobase.mechanisms import ION_DEFAULTS, mechanism, names
from rheobase.mechanisms.channel_spec import ChannelSpec
from rheobase.mechanisms.channel_spec.forms import FORMS
from rheobase.mechanisms.channel_spec.templates import TEMPLATES
from rheobase.widgets.actions import action, words
from rheobase.widgets.bundle import bundle
from rheobase.widgets.channel_curves import Curves, Stage, single_channels
from rheobase.widgets.channel_edits import ChannelEdits
from rheobase.widgets.choices import choices
from rheobase.widgets.latest import Latest
from rheobase.widgets.quantities import quantity
from rheobase.widgets.uploads import Uploads

_FORMS = {
    "constant": ("Constant", "A"),
    "exponential": ("Exponential", "A exp(k (v - d))"),
    "linoid": ("Linoid", "A x / (1 - exp(-x)), x = k (v - d)"),
    "sigmoid": ("Sigmoid", "A / (1 + exp(k (d - v)))"),
    "formula": ("Formula", "of v, celsius and constants"),
    "table": ("Table", "points joined by straight lines"),
}
_KINETICS = {
    "alpha_beta": "α and β: opening and closing rate",
    "inf_tau": "∞ and τ: steady state and time constant",
    "borg_graham": "Charged particle (Borg-Graham)",
    "scheme": "Kinetic scheme",
}
_OWN = ("gbar", "pbar", "e")


class ChannelBuilder(ChannelEdits):
    """A channel drawn and tried out: gates, kinetic schemes and rates, with curves that follow every change.

    It edits the `ChannelSpec` and nothing else: each change can be undone, and shows in every other view of the spec.
    What cannot be right is told in words beside its field, and the last good curves stay.

    **Arguments:** `spec`: the channel; by default a new one, the potassium channel of the squid axon.

    >>> builder = ChannelBuilder()
    >>> builder.spec.name
    'k_hh'
    >>> builder.close()
    """

    _esm = bundle("plain.js")

    channel: Any = traitlets.Dict().tag(sync=True)
    numbers: Any = traitlets.Dict().tag(sync=True)
    choices: Any = traitlets.Dict().tag(sync=True)
    chosen: Any = traitlets.Dict({"gate": "", "pair": "", "state": ""}).tag(sync=True)
    stage: Any = traitlets.List().tag(sync=True)
    curves = traitlets.Bytes().tag(sync=True)
    curves_info: Any = traitlets.List().tag(sync=True)
    single_shown = traitlets.Bool(False).tag(sync=True)
    single = traitlets.Bytes().tag(sync=True)
    single_problem = traitlets.Unicode().tag(sync=True)
    single_revision = traitlets.Int().tag(sync=True)
    undo_label = traitlets.Unicode().tag(sync=True)
    redo_label = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)

    def __init__(self, spec: ChannelSpec | None = None, **traits: Any) -> None:
        self._stop_observing: Callable[[], None] = lambda: None
        self._first: dict[str, float] = {}
        self._stage = Stage()
        self._uploads = Uploads()
        self._singles = Latest("rheobase-single-channels")
        self.spec = ChannelSpec.from_template("k") if spec is None else spec
        if not isinstance(self.spec, ChannelSpec):
            raise TypeError(
                f"ChannelBuilder needs a ChannelSpec, as in ChannelBuilder(rb.ChannelSpec('kdr')), not {spec!r}"
            )
        super().__init__(lock=self.spec.lock, component="channel_builder", **traits)
        self.choices = {
            "forms": choices(_FORMS, FORMS),
            "kinetics": [{"name": name, "title": title} for name, title in _KINETICS.items()],
            "templates": [{"name": name, "title": title} for name, (title, _) in TEMPLATES.items()],
            "ions": list(ION_DEFAULTS),
        }
        with self.lock, self.hold_sync():
            self._show()
        self._stop_observing = self.spec.observe(self._changed, grouped=True)

    def __repr__(self) -> str:
        return f"<ChannelBuilder on {self.spec!r}>"

    def close(self) -> None:
        """Take the widget off the page and observe the spec no more."""
        self._stop_observing()
        self._singles.close()
        super().close()

    # What is shown, and under which clamp

    @action("choose")
    def choose(self, gate: str, pair: str = "", state: str = "") -> None:
        """Choose a gate, and a transition or state of its scheme, whose curves are drawn."""
        self.chosen = {"gate": gate, "pair": pair, "state": state}
        self._draw()

    @action("stage.set")
    def set_stage(self, key: str, value: float | str, gesture: str = "") -> None:
        """Change the clamp or the surroundings; no part of the channel and no step of undo."""
        self._stage = self._stage.changed(self.spec.channel, key, value)
        self.stage = self._stage.fields(self.spec.channel)
        self._draw()

    @action("stage.set.reset")
    def reset_stage(self, key: str) -> None:
        """Give a number of the clamp its usual value back."""
        self.set_stage(key, next(field["default"] for field in self.stage if field["key"] == key))

    @action("stage.single")
    def show_single(self, shown: bool) -> None:
        """Show single channels, or not."""
        self.single_shown = bool(shown)
        self.single = b""
        self._draw_single()

    @action("number.set.reset")
    def reset_number(self, key: str) -> None:
        """Give a number back the value that it had when this widget first showed it."""
        self.spec.set(key, self._first[key], origin=self.model_id)

    # Other faces

    @action("template")
    def take_template(self, name: str) -> None:
        """Replace everything by a channel to begin with."""
        self._replace(ChannelSpec.from_template(name), f"Begin with {name}")

    @action("import.names")
    def importable(self) -> dict[str, Any]:
        """The mechanisms that `import` may be asked for, each with its currents."""
        known = [mechanism(name) for name in names()]
        return {
            "mechanisms": [
                {"name": each.name, "currents": list(each.current_names)}
                for each in known
                if each.current_names and not each.electrode and not each.weights
            ]
        }

    @action("import")
    def take_mechanism(self, name: str, current: str | None = None) -> None:
        """Replace everything by what can be read off one current of a mechanism."""
        self._replace(ChannelSpec.from_mechanism(mechanism(name), current=current), f"Import {name}")

    @action("import.file")
    def take_file(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of an NMODL file or of a channel's JSON, and with the last one replace everything by it."""
        source = self._uploads.take(file, text, part, parts)
        if source is None:
            return
        if file.lower().endswith(".json"):
            self._replace(ChannelSpec.from_json(source), f"Open {file}")
            return
        self._replace(ChannelSpec.from_nmodl(source, name=file), f"Import {file}")

    @action("export.nmodl")
    def nmodl(self) -> dict[str, Any]:
        """The channel as NMODL."""
        return {"content": self.spec.to_nmodl(), "name": f"{self.spec.name}.mod"}

    @action("export.json")
    def to_file(self) -> dict[str, Any]:
        """The channel as the text of a file."""
        return {"content": self.spec.to_json(), "name": f"{self.spec.name}.json"}

    @action("code")
    def code(self) -> dict[str, Any]:
        """The program that makes the channel."""
        return {"content": self.spec.to_code()}

    def _replace(self, other: ChannelSpec, title: str) -> None:
        # Fields are checked one by one, so those that others depend on go first, and no gates disturb them.
        with self.spec.edit(title, origin=self.model_id):
            self.spec.put_field("gates", ())
            self.spec.put_field("single_channels", False)
            self.spec.put_field("current", "ohmic")
            self.spec.put_field("valence", None)
            for field in ("name", "kind", "ion", "valence", "current", "gmax", "e", "single_channels", "gates"):
                self.spec.put_field(field, getattr(other, field))
        self._first.clear()
        self._show()

    # Keeping up

    def _changed(self, _: Sequence[Any]) -> None:
        with self.lock:
            if self.comm is None:
                return
            with self.hold_sync():
                self._show()

    def _show(self) -> None:
        channel, history = self.spec.channel, self.spec.history
        self.title = channel.name
        self.channel = {
            **self.spec.to_data(),
            "unit": channel.conductance_unit,
            "conductance": channel.conductance_name,
            "current_name": channel.current_name,
        }
        self.numbers = self._grouped()
        self.stage = self._stage.fields(channel)
        self.undo_label = history.done[-1] if history.done else ""
        self.redo_label = history.undone[-1] if history.undone else ""
        self._choose_what_is_there()
        self._draw()

    def _choose_what_is_there(self) -> None:
        gates = {gate.name: gate for gate in self.spec.gates}
        name = self.chosen["gate"] if self.chosen["gate"] in gates else next(iter(gates), "")
        gate = gates.get(name)
        pairs = list(gate.pairs) if gate is not None else []
        states = gate.states if gate is not None and gate.scheme is not None else ()
        pair, state = (
            self.chosen[key] if self.chosen[key] in known else "" for key, known in (("pair", pairs), ("state", states))
        )
        chosen = {"gate": name, "pair": pair or ("" if state else next(iter(pairs), "")), "state": state}
        if chosen != self.chosen:
            self.chosen = chosen

    def _draw(self) -> None:
        began = time.perf_counter()
        try:
            curves = Curves(self.spec.channel, self._stage, self.chosen["gate"], self.chosen["pair"])
        except (ValueError, ArithmeticError) as error:
            self.state, self.error = "error", words(error)
        else:
            self.curves_info, self.curves = curves.info, curves.to_bytes()
            self.state, self.error = "idle", ""
            self.status = f"{1000 * (time.perf_counter() - began):.0f} ms, up to date"
            self._draw_single()
        self.revision += 1

    def _draw_single(self) -> None:
        """Let single channels open and close, beside the messages: it takes longer than a slider can wait."""
        if not self.single_shown:
            return
        channel, stage = self.spec.channel, self._stage

        def work() -> None:
            single, problem = b"", ""
            try:
                single = single_channels(channel, stage).tobytes()
            except (ValueError, ArithmeticError) as error:
                problem = words(error)
            with self.lock:
                if self.comm is not None and self.single_shown:
                    with self.hold_sync():
                        self.single, self.single_problem = single, problem
                        self.single_revision += 1

        self._singles.submit(work)

    def _grouped(self) -> dict[str, list[dict[str, Any]]]:
        """Every number as a field, by the part of the channel that it belongs to."""
        groups: dict[str, list[dict[str, Any]]] = {"channel": []}
        known = {parameter.name: parameter for parameter in self.spec.parameters}

        def put(group: str, name: str, label: str) -> None:
            parameter = known[name]
            first = self._first.setdefault(name, parameter.default)
            field = quantity(name, parameter, parameter.default, default=first, label=label)
            groups.setdefault(group, []).append(field)

        for name in _OWN:
            if name in known:
                put("channel", name, name)
        for gate in self.spec.gates:
            put(f"gate:{gate.name}", f"{gate.name}_q10", "Q10")
            put(f"gate:{gate.name}", f"{gate.name}_reference", "Rates are at")
            for prefix, rates in gate.pairs.items():
                for key in rates.coefficients:
                    role, _, label = key.partition("_")
                    group = f"pair:{prefix}:{role}" if role in rates.forms() else f"pair:{prefix}"
                    put(group, f"{prefix}_{key}", label if role in rates.forms() else key)
            for state in gate.states if gate.scheme is not None else ():
                put(f"state:{state}", f"{state}_conductance", "Open fraction")
        return groups
