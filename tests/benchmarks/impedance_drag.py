"""How often the impedance tool draws anew while a slider is dragged, in Chromium on a real JupyterLab."""

from collections.abc import Iterator
from statistics import median

from tests.benchmarks.in_lab import notebooks
from tests.browser.notebook import Notebook

SECONDS, WARM = 6, 2
CELL = """
cell["all"].insert("hcn_kole", gbar=1e-4)
tool = rb.widgets.Impedance(cell)
tool
"""
_DRAG = """async (slider, seconds) => {
  const root = slider.closest(".rb-impedance");
  const painted = [];
  const seen = () => painted.push([performance.now(), Number(root.dataset.latencyMs),
                                   Number(root.dataset.simulationMs)]);
  const watch = new MutationObserver(seen);
  watch.observe(root, { attributeFilter: ["data-stamp"] });
  const [low, high, began] = [Number(slider.min), Number(slider.max), performance.now()];
  let frames = 0;
  let going = true;
  const frame = () => {
    frames += 1;
    if (going) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  for (let passed = 0; passed < seconds; passed = (performance.now() - began) / 1000) {
    const turn = passed % 2;
    slider.value = String(low + (high - low) * (0.1 + 0.4 * Math.min(turn, 2 - turn)));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  going = false;
  slider.dispatchEvent(new Event("change", { bubbles: true }));
  watch.disconnect();
  return { painted, frames };
}"""


def report() -> Iterator[str]:
    """Tell pictures and the browser's frames a second, and medians in ms: from a move to its picture, and of solving.

    The slider moves to and fro, sixty times a second where the page keeps up. Pictures are drawn on their canvases;
    without a graphics card the browser brings fewer of them to the screen.
    """
    yield "| compartments | pictures/s | frames/s | move to paint, ms | solving, ms |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    for compartments, notebook in notebooks(CELL, height=1400):
        yield f"| {compartments} | {' | '.join(_drag(notebook))} |"


def _drag(notebook: Notebook) -> list[str]:
    tool = notebook.widget(".rb-impedance")
    notebook.wait_until("tool.state == 'idle' and tool.result is not None")
    notebook.wait_for(tool)
    slider = tool.locator('[data-field$="hcn_kole.gbar|"] .rb-slider').first
    slider.scroll_into_view_if_needed()
    slider.evaluate(_DRAG, WARM)  # the first pictures meet caches that are still cold
    seen = slider.evaluate(_DRAG, SECONDS)
    painted = seen["painted"]
    rate = (len(painted) - 1) / (painted[-1][0] - painted[0][0]) * 1000
    medians = [median(row[part] for row in painted) for part in (1, 2)]
    return [f"{rate:.1f}", f"{seen['frames'] / SECONDS:.0f}", *(f"{each:.0f}" for each in medians)]
