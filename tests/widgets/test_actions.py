from collections.abc import Iterator
from typing import Any

import pytest

from rheobase.widgets.actions import ActingWidget, action, words


class Counter(ActingWidget):
    _esm = "export default {}"

    def __init__(self) -> None:
        self.count = 0
        self.sent: list[dict[str, Any]] = []
        super().__init__(component="counter")

    @action("add")
    def add(self, by: int) -> dict[str, Any]:
        if by < 0:
            raise ValueError(f"by = {by}: must not be negative")
        self.count += by
        return {"count": self.count}

    @action("break")
    def fall(self) -> None:
        raise ZeroDivisionError("a mistake of ours")

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)


@pytest.fixture
def counter() -> Iterator[Counter]:
    counter = Counter()
    yield counter
    counter.close()


def test_an_action_is_done_and_answered_under_its_stamp(counter: Counter) -> None:
    counter._receive(counter, {"action": "add", "stamp": "v:1", "by": 2}, [])
    assert counter.sent == [{"count": 2, "reply": "v:1"}]


def test_a_bad_value_is_answered_in_words(counter: Counter) -> None:
    counter._receive(counter, {"action": "add", "stamp": "v:2", "by": -1}, [])
    assert counter.sent == [{"error": "by = -1: must not be negative", "reply": "v:2"}]
    assert counter.count == 0


@pytest.mark.parametrize(
    "fields", [{}, {"by": "text"}, {"by": 1, "more": 2}, {"self": 3}, {"by": None}, {"name": 1, "by": 1}]
)
def test_a_message_of_the_wrong_form_is_refused_in_words(counter: Counter, fields: dict[str, Any]) -> None:
    counter._receive(counter, {"action": "add", "stamp": "v:3", **fields}, [])
    assert counter.sent[0]["error"]
    assert counter.count == 0


def test_an_unknown_action_is_refused_by_name(counter: Counter) -> None:
    assert counter.perform("subtract") == {"error": "there is no action 'subtract' here"}


@pytest.mark.parametrize("content", [None, 3, [], {}, {"action": "add"}, {"action": 1, "stamp": "v"}, {1: 2}])
def test_what_is_no_message_is_passed_over(counter: Counter, content: Any) -> None:
    counter._receive(counter, content, [])
    assert counter.sent == []


def test_a_mistake_of_ours_is_answered_too_and_not_hidden(counter: Counter) -> None:
    with pytest.raises(ZeroDivisionError):
        counter._receive(counter, {"action": "break", "stamp": "v:4"}, [])
    assert "a mistake of ours" in counter.sent[0]["error"]


def test_a_key_error_loses_its_quotes() -> None:
    assert words(KeyError("there is no section 'x'")) == "there is no section 'x'"
    assert words(ValueError()) == "ValueError"
