"""The browser fixtures themselves, and with them the first thing a user needs: a widget that is seen."""

from __future__ import annotations

from tests.browser.conftest import OpenNotebook

WIDGET = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
      const show = () => {
        root.dataset.revision = model.get("presses");
        root.textContent = `pressed ${model.get("presses")}`;
      };
      const root = document.createElement("button");
      root.className = "counter";
      root.style.background = "rgb(200, 30, 40)";
      root.dataset.state = "idle";
      root.onclick = () => { model.set("presses", model.get("presses") + 1); model.save_changes(); };
      model.on("change:presses", show);
      show();
      el.append(root);
    } };
    """
    presses = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
'''


def test_an_empty_widget_is_seen_and_answers(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([WIDGET])
    widget = notebook.widget("button.counter")
    notebook.wait_for(widget, "idle")
    assert notebook.evaluate("counter.presses") == 0

    widget.click()
    assert notebook.wait_for_change(widget, since=0) == 1
    assert widget.inner_text() == "pressed 1"

    notebook.execute("counter.presses = 7")
    notebook.wait_for_change(widget, since=1)
    assert notebook.evaluate("[counter.presses, 'seven']") == [7, "seven"]
    assert notebook.page_errors == []
    assert notebook.screenshot("empty-widget", of=widget).stat().st_size > 0


def test_the_theme_and_the_width_change(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["1 + 1"])
    notebook.theme("dark")
    notebook.width(900)
    assert notebook.page.evaluate("[document.body.dataset.jpThemeLight, window.innerWidth]") == ["false", 900]
    notebook.theme("light")
    assert notebook.page.evaluate("document.body.dataset.jpThemeLight") == "true"
    assert notebook.outputs(0)[0]["data"]["text/plain"] == "2"
