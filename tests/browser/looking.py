"""What a person does with eyes and mouse: sees pixels, finds a branch, drags a slider, types a number."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

# The spot of the picture that the viewer names by `wanted`, in CSS pixels, found by hovering over all of it.
_FIND = """([stage, wanted]) => {
  const box = stage.getBoundingClientRect();
  const tip = stage.querySelector('.rb-viewer-tip');
  for (let y = 4; y < box.height; y += 4) for (let x = 4; x < box.width; x += 4) {
    const [clientX, clientY] = [box.left + x, box.top + y];
    stage.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, clientX, clientY}));
    if (!tip.hidden && tip.querySelector('.rb-viewer-tip-title').textContent.startsWith(wanted)) return [x, y];
  }
  return null;
}"""


def pixels(target: Locator) -> NDArray[np.int16]:
    """The element as (height, width, 3) numbers, as a person sees it."""
    return np.asarray(Image.open(io.BytesIO(target.screenshot())).convert("RGB")).astype(np.int16)


def changed(before: NDArray[np.int16], after: NDArray[np.int16]) -> int:
    """How many pixels differ by more than a person would overlook."""
    assert before.shape == after.shape
    return int((np.abs(before - after).max(axis=-1) > 40).sum())


def click_tree(page: Page, wanted: str) -> None:
    """Click the tree where the viewer's tip begins with `wanted`, such as `dend(`."""
    stage = page.locator(".rb-viewer-stage")
    stage.scroll_into_view_if_needed()
    spot = page.evaluate(_FIND, [stage.element_handle(), wanted])
    assert spot is not None, f"the tree shows no {wanted!r}"
    stage.click(position={"x": spot[0], "y": spot[1]})


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
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=steps)
    page.mouse.up()
