// Impedance: two electrodes on the tree, and what a sine of any frequency from one of them does everywhere.

import { answeringLink, refusalNotice } from "../controls/silence";
import { isTyping, pressedHistory } from "../controls/strip";
import { button, element } from "../dom";
import { momentOf } from "../link";
import { Sliders } from "../mechanisms/sliders";
import { afterAll, type Component, float32, int32, type Model, onChange } from "../model";
import { type Place, type Store, watchTheme } from "../store";
import { PLACE_CLICKED } from "../viewer";
import { Profile } from "./profile";
import { type Readout, Readouts } from "./readouts";
import { type Asked, FrequencyAxis, OperatingPoint, picker, Segmented } from "./settings";
import { ShapeView } from "./shape";
import { type Role, type Site, Sites } from "./sites";
import { type Spectra, Spectrum, type SpectrumInfo } from "./spectrum";
import { buildStrip } from "./strip";

type MountTree = (
  el: HTMLElement,
  model: Model,
  store: Store,
  options: { fill: boolean; scrubber: "none" },
) => () => void;

const QUANTITIES = [
  ["input", "|Z| input", "Of each place for itself"],
  ["transfer", "|Z| transfer", "From A to each place"],
  ["ratio", "Voltage ratio", "Of each place to A, when current goes in at A"],
  ["attenuation_out", "Log attenuation, out", "From A to each place"],
  ["attenuation_in", "Log attenuation, in", "From each place to A"],
  ["phase", "Phase", "Of the voltage at each place to the current at A"],
] as const;

/** What the viewer can show besides. */
const SHAPES = [
  ["type", "Type"],
  ["diameter", "Diameter"],
  ["distance", "Path distance"],
] as const;

const AGAINST = [
  ["impedance", "|Z|", "Impedance: input at A, and transfer to B"],
  ["ratio", "V ratio", "Voltage at B to that at A, and the other way round"],
  ["attenuation", "Log att.", "Log attenuation from A to B, and from B to A"],
] as const;

interface Sections {
  name: string;
  first: number;
  nseg: number;
}

interface Timing {
  stamp: string;
  simulation_ms: number;
}

/** Rows of one buffer, each as long as the first. */
function spectraOf(numbers: Float32Array, samples: number): Spectra {
  const rows = samples > 0 ? Math.floor(numbers.length / samples) : 0;
  const row = (index: number) => numbers.subarray(index * samples, (index + 1) * samples);
  return {
    frequencies: row(0),
    rows: Array.from({ length: Math.max(0, rows - 1) }, (_, index) => row(index + 1)),
  };
}

/** The tool with `mountTree` as its view of the cell. */
export function impedance(mountTree: MountTree): Component {
  return (el, model, store) => {
    const root = element("div", { class: "rb rb-tool rb-impedance" });
    const { link, silence } = answeringLink(model);
    const refusal = refusalNotice();
    const ask = (name: keyof Asked, value: number | string) => link.ask("set", { name, value });
    const choose = async (name: keyof Asked, value: number | string) => refusal.tell(await ask(name, value));
    const asked = () => model.get("asked") as Asked;

    const sites = new Sites(link, refusal.tell);
    const point = new OperatingPoint(ask);
    const readouts = new Readouts();
    let arrived = 0;
    let awaited = false;
    const spectrum = new Spectrum({
      picked: (frequency, moment) => {
        spectrum.choose(frequency);
        void link.stream("frequency", "set", { name: "frequency", value: frequency }, moment);
      },
      painted: () => {
        if (!awaited) return;
        awaited = false;
        report();
        point.drawn();
      },
    });
    const keep = button(
      "Keep",
      "Keep these curves, faint, beneath the next ones (K)",
      () => void link.ask("curves.keep"),
      "rb-button rb-small",
    );
    const forget = button(
      "Clear",
      "Drop the kept curves",
      () => void link.ask("curves.forget"),
      "rb-button rb-small",
    );
    forget.style.visibility = "hidden";
    const axis = new FrequencyAxis(ask, element("span", { class: "rb-group" }, keep, forget), (on) => {
      spectrum.logarithmic = on;
    });
    const against = new Segmented("Quantity against frequency", AGAINST, (value) => choose("against", value));
    const profile = new Profile(choose);
    const sliders = new Sliders(model, link);
    const tree = element("div", { class: "rb-tree" });
    const quantity = picker("What colours the cell", [...QUANTITIES, ...SHAPES], (value) => {
      if (!SHAPES.some(([name]) => name === value)) return choose("quantity", value);
      model.set("colour_by", value);
      model.save_changes();
    });
    const shape = new ShapeView((segment) => {
      const place = placeOf(segment);
      if (!place) return;
      store.set("selection", place);
      sites.place(place);
    });
    const direction = new Segmented(
      "Direction",
      [
        ["out", "Vout", "From A outwards: how much of A's voltage reaches each place"],
        ["in", "Vin", "Towards A: how much of each place's voltage reaches A"],
      ],
      (value) => choose("direction", value),
    );
    const rendering = new Segmented(
      "Drawn as",
      [
        ["dendrogram", "dendrogram", "Log attenuation from A to the right"],
        ["branches", "branches", "Each branch in its own direction, as long as its log attenuation"],
      ],
      (value) => choose("rendering", value),
    );
    const strip = buildStrip(
      model,
      link,
      sites.root,
      [
        [
          "Spectrum, PNG",
          "The curves against frequency as they look now",
          (title) => spectrum.savePng(title),
        ],
        ["Shape, PNG", "The electrotonic shape as it looks now", (title) => shape.savePng(title)],
      ],
      refusal.tell,
    );
    const notice = element("p", { class: "rb-notice rb-impedance-notice", role: "status" });
    const failure = element("p", { class: "rb-notice rb-error", role: "alert" });

    root.append(
      strip.root,
      strip.drawer,
      point.root,
      silence,
      refusal.root,
      failure,
      notice,
      element(
        "div",
        { class: "rb-impedance-stage" },
        element(
          "section",
          { class: "rb-impedance-tree", "aria-label": "The cell" },
          element(
            "div",
            { class: "rb-impedance-bar" },
            element("span", { class: "rb-quiet" }, "Click places"),
            sites.modes,
            quantity,
          ),
          tree,
        ),
        element(
          "section",
          { class: "rb-impedance-shape", "aria-label": "Electrotonic shape" },
          element("div", { class: "rb-impedance-bar" }, direction.root, rendering.root),
          shape.root,
        ),
        element(
          "section",
          { class: "rb-impedance-plots", "aria-label": "Against frequency" },
          readouts.root,
          element("div", { class: "rb-impedance-bar" }, against.root, axis.root),
          spectrum.root,
        ),
      ),
      element("div", { class: "rb-impedance-lower" }, profile.root, sliders.root),
    );
    el.append(root);
    const unmountTree = mountTree(tree, model, store, { fill: true, scrubber: "none" });

    function report(): void {
      const now = performance.now();
      const timing = model.get("timing") as Partial<Timing>;
      root.dataset.paintMs = (now - arrived).toFixed(1);
      root.dataset.simulationMs = (timing.simulation_ms ?? 0).toFixed(1);
      const moment = timing.stamp === undefined ? undefined : momentOf(timing.stamp);
      if (moment !== undefined && timing.stamp !== root.dataset.stamp) {
        root.dataset.stamp = timing.stamp;
        root.dataset.latencyMs = (now - moment).toFixed(1);
      }
      root.dataset.state = String(model.get("state"));
      root.dataset.revision = String(model.get("revision"));
    }
    function placeOf(segment: number): Place | null {
      const sections = model.get("sections") as Sections[];
      const section = sections.find(({ first, nseg }) => segment >= first && segment < first + nseg);
      if (!section) return null;
      const x = (segment - section.first + 0.5) / section.nseg;
      return { section: section.name, x: Number(x.toFixed(section.nseg > 50 ? 4 : 3)) };
    }
    function segmentOf({ section, x }: Place): number {
      const found = (model.get("sections") as Sections[]).find(({ name }) => name === section);
      return found ? found.first + Math.min(found.nseg - 1, Math.floor(x * found.nseg)) : -1;
    }

    const showSettings = () => {
      const now = asked();
      const placed = model.get("sites") as Record<Role, Site>;
      if (placed.inject && placed.measure) sites.show(placed, model.get("section_names") as string[]);
      point.show(now);
      axis.show(now);
      against.show(now.against);
      direction.show(now.direction);
      rendering.show(now.rendering);
      const by = String(model.get("colour_by"));
      quantity.value = by === "value" ? now.quantity : by;
    };
    const showWords = () => {
      notice.textContent = String(model.get("notice"));
      notice.hidden = notice.textContent === "";
      failure.textContent = String(model.get("error"));
      failure.hidden = failure.textContent === "";
      root.classList.toggle("rb-stale", !failure.hidden);
    };
    const showShape = () => {
      const info = model.get("shape_info") as { label?: string; dendrogram?: boolean };
      const values = float32(model, "values");
      const range = model.get("value_range") as [number, number];
      const placed = model.get("sites") as Partial<Record<Role, Site>>;
      const label = String(model.get("value_label"));
      const unit = String(model.get("value_unit"));
      shape.show(
        {
          pieces: float32(model, "shape"),
          segments: int32(model, "shape_segments"),
          values,
          range,
          map: model.get("colour_map") === "cividis" ? "cividis" : "viridis",
          marks: Object.values(placed).map((site) => ({ ...site, segment: segmentOf(site) })),
          dendrogram: info.dendrogram ?? true,
          describe: (segment) => {
            const place = placeOf(segment);
            return place
              ? `${place.section}(${place.x}): ${label} ${values[segment]?.toPrecision(4)} ${unit}`
              : "";
          },
        },
        `Electrotonic shape: ${info.label ?? ""}`,
      );
    };
    const showProfile = () => profile.show(model, asked());
    const showReadouts = () => readouts.show((model.get("readouts") ?? []) as Readout[]);
    const showCurves = () => {
      arrived = performance.now();
      awaited = true;
      const info = model.get("curves_info") as SpectrumInfo & { samples: number; kept: number[] };
      if (!info.lines) return;
      let start = 0;
      const numbers = float32(model, "kept");
      const kept = info.kept.map((samples) => {
        const part = spectraOf(numbers.subarray(start, start + 5 * samples), samples);
        start += 5 * samples;
        return part;
      });
      // Its room is kept, so that the bar does not jump.
      forget.style.visibility = kept.length === 0 ? "hidden" : "";
      spectrum.show(spectraOf(float32(model, "curves"), info.samples), info, kept);
    };
    /** Where nothing waits to be painted; else the painting reports. */
    const mark = () => {
      if (!awaited) report();
    };
    const restyle = () => {
      spectrum.restyle();
      profile.restyle();
      shape.draw();
    };
    showSettings();
    showWords();
    showProfile();
    showShape();
    showReadouts();
    showCurves();
    report();

    tree.addEventListener(PLACE_CLICKED, (event) => sites.place((event as CustomEvent<Place>).detail));
    root.addEventListener("keydown", (event) => {
      if (pressedHistory(event, strip.history) || isTyping(event)) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const onTree = (event.target as HTMLElement).closest(".rb-viewer-stage") !== null;
      const actions: Record<string, () => void> = {
        a: () => sites.setMode("inject"),
        b: () => sites.setMode("measure"),
        x: () => sites.exchange(),
        k: () => keep.click(),
        "?": strip.toggleShortcuts,
      };
      const action = actions[event.key.toLowerCase()];
      if (!action || (onTree && event.key === "?")) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    });
    const stops = [
      onChange(model, ["asked", "sites", "section_names", "colour_by"], showSettings),
      onChange(model, ["notice", "error"], showWords),
      onChange(model, ["profile", "profile_info"], afterAll(showProfile)),
      onChange(model, ["shape", "values", "value_range", "sites"], afterAll(showShape)),
      onChange(model, ["curves", "curves_info", "kept"], afterAll(showCurves)),
      onChange(model, ["readouts"], showReadouts),
      // Last of what one message changes, so that whoever waits for it finds all else in place.
      onChange(model, ["revision", "state"], () => queueMicrotask(() => queueMicrotask(mark))),
      store.subscribe("theme", () => {
        restyle();
        // The page's new variables take effect after its style sheets are swapped.
        window.setTimeout(restyle, 400);
      }),
      watchTheme(store),
    ];
    return () => {
      for (const stop of stops) stop();
      unmountTree();
      strip.dispose();
      spectrum.dispose();
      profile.dispose();
      shape.dispose();
      sliders.dispose();
      link.dispose();
      root.remove();
    };
  };
}
