from __future__ import annotations

import pytest

from rheobase import data


def test_every_name_is_a_file_that_can_be_read() -> None:
    assert "grown_pyramidal.swc" in data.names()
    for name in data.names():
        assert data.path(name).read_bytes()


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"'grown_pyramid'.*did you mean grown_pyramidal\.swc\?"):
        data.path("grown_pyramid")


@pytest.mark.parametrize("name", ["../lab.py", "__init__.py", ""])
def test_only_data_is_found(name: str) -> None:
    with pytest.raises(KeyError, match="comes with Rheobase"):
        data.path(name)
