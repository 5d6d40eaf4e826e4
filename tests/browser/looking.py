"""What a person does with eyes and mouse: sees pixels, finds a branch, drags a slider, types a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page

from tests.browser.tree import pixels as pixels, spot_on


def changed(before: NDArray[np.int16], after: NDArray[np.int16]) -> int:
    """How many pixels differ by more than a person would overlook."""
    assert before.shape == after.shape
    return int((np.abs(before - after).max(axis=-1) > 40).sum())


def click_tree(page: Page, wanted: str) -> None:
    """Click the tree where the viewer's tip begins with `wanted`, such as `dend(`."""
    stage = page.locator(".rb-viewer-stage")
    stage.scroll_into_view_if_needed()
    x, y = spot_on(page, stage, wanted)
    stage.click(position={"x": x, "y": y})


def field(root: Locator, key: str) -> Locator:
    """The field of the parameter `key`, such as `IClamp[0].amp`, in a list of parameters."""
    return root.locator(f'.rb-fields [data-field="{key}"]')


def type_into(where: Locator, text: str) -> None:
    """Type a number, or a number with a unit, into a field and leave it by Enter."""
    box = where.locator(".rb-number")
    box.fill(text)
    box.press("Enter")


def drag_slider(page: Page, slider: Locator, start: float, end: float, steps: int = 20) -> None:
    """Hold the slider and pull it, in fractions of its width."""
    slider.focus()
    size = slider.bounding_box()
    assert size is not None
    slider.hover(position={"x": start * size["width"], "y": size["height"] / 2})
    page.mouse.down()
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + end * box["width"], box["y"] + box["height"] / 2, steps=steps)
    page.mouse.up()


def unnamed(root: Locator) -> list[str]:
    """The controls of a tool that a screen reader could not name, as HTML."""
    found: list[str] = root.evaluate(
        "root => [...root.querySelectorAll('button, input, select')].filter(each => !each.getAttribute('aria-label')"
        " && !each.textContent.trim() && !each.labels?.length).map(each => each.outerHTML)"
    )
    return found
