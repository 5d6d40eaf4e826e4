"""The edits by which a kinetic scheme is drawn."""

from abc import abstractmethod
from collections.abc import Hashable

from rheobase.documents import Editable
from rheobase.mechanisms.channel_spec.kinetics import Gate, Scheme, State, Transition


class SchemeEdits(Editable):
    """What a document of gates can do to their schemes, each an edit of its own."""

    @abstractmethod
    def __getitem__(self, name: str) -> Gate:
        """The gate of a name."""

    def add_state(self, gate: str, state: State, *, origin: str | None = None) -> None:
        """Add a state to a gate's scheme."""
        scheme = self._scheme(gate)
        self._put_scheme(gate, f"Add {state.name}", (*scheme.states, state), scheme.transitions, origin)

    def move_state(
        self, gate: str, state: str, x: float, y: float, *, coalesce: Hashable = None, origin: str | None = None
    ) -> None:
        """Draw a state at another place of the canvas."""
        scheme = self._scheme(gate)
        states = tuple(s.replace(x=x, y=y) if s.name == state else s for s in scheme.states)
        self._put_scheme(gate, f"Move {state}", states, scheme.transitions, origin, coalesce)

    def rename_state(self, gate: str, state: str, new: str, *, origin: str | None = None) -> None:
        """Give a state another name, in its transitions too."""
        scheme = self._scheme(gate)
        states = tuple(s.replace(name=new) if s.name == state else s for s in scheme.states)
        transitions = tuple(
            t.replace(source=new if t.source == state else t.source, target=new if t.target == state else t.target)
            for t in scheme.transitions
        )
        self._put_scheme(gate, f"Rename {state}", states, transitions, origin)

    def remove_state(self, gate: str, state: str, *, origin: str | None = None) -> None:
        """Take a state out, with its transitions."""
        scheme = self._scheme(gate)
        states = tuple(s for s in scheme.states if s.name != state)
        transitions = tuple(t for t in scheme.transitions if state not in (t.source, t.target))
        self._put_scheme(gate, f"Remove {state}", states, transitions, origin)

    def add_transition(self, gate: str, transition: Transition, *, origin: str | None = None) -> None:
        """Connect two states of a gate's scheme."""
        scheme = self._scheme(gate)
        transitions = (*scheme.transitions, transition)
        self._put_scheme(gate, f"Connect {transition.name}", scheme.states, transitions, origin)

    def remove_transition(self, gate: str, transition: str, *, origin: str | None = None) -> None:
        """Take a transition out, by its name `C_O`."""
        scheme = self._scheme(gate)
        rest = tuple(t for t in scheme.transitions if t.name != transition)
        self._put_scheme(gate, f"Disconnect {transition}", scheme.states, rest, origin)

    def _scheme(self, gate: str) -> Scheme:
        scheme = self[gate].scheme
        if scheme is None:
            raise ValueError(f"gate {gate!r} is no kinetic scheme")
        return scheme

    def _put_scheme(
        self,
        gate: str,
        edit: str,
        states: tuple[State, ...],
        transitions: tuple[Transition, ...],
        origin: str | None,
        coalesce: Hashable = None,
    ) -> None:
        changed = self[gate].replace(kinetics=Scheme(states=states, transitions=transitions))
        if changed != self[gate]:
            with self.edit(edit, coalesce=coalesce, origin=origin):
                self.put(("gates", gate), changed)
