"""Questions from the browser and their answers: a bad value becomes words under its field, never a traceback."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import RLock
from typing import Any, TypeVar

import anywidget
import traitlets

from rheobase.widgets.bundle import bundle

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "_rheobase_action"
_LONGEST_NAME = 100


def action(name: str) -> Callable[[F], F]:
    """Mark a method as the answer to `name`. It gets the message's fields and may return fields of the reply."""

    def mark(method: F) -> F:
        setattr(method, _MARK, name)
        return method

    return mark


def words(error: BaseException) -> str:
    """The text of an error as a person reads it; a KeyError's without its quotes."""
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return str(text) or type(error).__name__


class ActingWidget(anywidget.AnyWidget):
    """A widget whose browser side asks by messages `{action, stamp, ...}` and hears `{reply: stamp, ...}`.

    Each method marked by `action` answers one name. Whatever it raises because of a value goes back as `error`.
    Traits are written under `lock`, because runs report from a thread of their own; widgets on one cell share its lock.

    - `component`: what the browser mounts.
    - `state`: `"idle"`, `"running"` or `"error"`; `revision`: grows whenever what is shown changes.
    - `error`: what is wrong with the last run, in words, or nothing.
    """

    _css = bundle("rheobase.css")

    component = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(("idle", "running", "error"), "idle").tag(sync=True)
    revision = traitlets.Int().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    def __init__(self, lock: AbstractContextManager[Any] | None = None, **traits: Any) -> None:
        self.lock: AbstractContextManager[Any] = RLock() if lock is None else lock
        self._actions: dict[str, Callable[..., Any]] = {
            getattr(member, _MARK): member
            for owner in reversed(type(self).__mro__)
            for member in vars(owner).values()
            if hasattr(member, _MARK)
        }
        super().__init__(**traits)
        self.on_msg(self._receive)

    def perform(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """Do what the browser would ask for by `name`; the reply, with `error` where it was refused."""
        method = self._actions.get(name)
        if method is None:
            return {"error": f"there is no action {name[:_LONGEST_NAME]!r} here"}
        try:
            return method(self, **fields) or {}
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            return {"error": words(error)}

    def close(self) -> None:
        """Take the widget off the page, with the layout that ipywidgets made for it and would keep."""
        layout = self._trait_values.get("layout")
        super().close()
        if layout is not None:
            layout.close()

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            return
        fields = dict(content)
        name, stamp = fields.pop("action", None), fields.pop("stamp", None)
        if not isinstance(name, str) or not isinstance(stamp, str) or len(stamp) > _LONGEST_NAME:
            return
        try:
            # What the action changes goes as one message, before the reply.
            with self.lock, self.hold_sync():
                reply = self.perform(name, **fields)
        except Exception as error:
            self.send({"error": f"this failed inside rheobase: {words(error)}", "reply": stamp})
            raise
        self.send({**reply, "reply": stamp})
