"""The picture of a tree: where a place is on it, and what colours it shows."""

from __future__ import annotations

import io
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.notebook import Notebook

# The spot in the picture that the viewer names by `wanted`, in CSS pixels, found by hovering over all of it.
FIND = """([stage, wanted]) => {
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


def middle(picture: NDArray[np.int16]) -> NDArray[np.int16]:
    """The part of a picture that neither the tools nor the legend nor the scale bar lie on."""
    height, width = picture.shape[:2]
    return picture[60 : height - 50, 20 : width - 160]


def has_colour(picture: NDArray[np.int16], rgb: tuple[int, int, int], tolerance: int = 40) -> bool:
    """Whether at least 20 pixels have about this colour."""
    return bool((np.abs(picture - np.array(rgb)).max(axis=2) <= tolerance).sum() >= 20)


def when_drawn(stage: Locator, rgb: tuple[int, int, int]) -> NDArray[np.int16]:
    """The middle of a stage once something of this colour is drawn there, as it looks after a while otherwise."""
    deadline = monotonic() + 15
    while not has_colour(picture := middle(pixels(stage)), rgb) and monotonic() < deadline:
        stage.page.wait_for_timeout(200)
    return picture


def stage_of(widget: Locator) -> Locator:
    return widget.locator(".rb-viewer-stage")


def point_at(notebook: Notebook, widget: Locator, x: float, y: float) -> None:
    box = stage_of(widget).bounding_box()
    assert box
    notebook.page.mouse.move(box["x"] + x, box["y"] + y)


def spot_of(notebook: Notebook, widget: Locator, place: str) -> tuple[float, float]:
    """CSS pixels in the picture at which the viewer names a place that begins with `place`."""
    return spot_on(notebook.page, stage_of(widget), place)


def spot_on(page: Page, stage: Locator, place: str) -> tuple[float, float]:
    """The same, of a picture found by hand."""
    spot = page.evaluate(FIND, [stage.element_handle(), place])
    assert spot, f"{place} is nowhere in the picture"
    return spot[0], spot[1]
