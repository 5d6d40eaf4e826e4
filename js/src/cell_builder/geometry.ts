// The geometry page: how long and wide the sections of a place are, and into how many segments they are cut.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { formatNumber, parseTyped } from "../controls/number";
import { button, element } from "../dom";
import { onChange } from "../model";
import type { BuildPage } from "./page";
import { placeBar } from "./places";

type Row = [
  name: string,
  L: number,
  diam: number,
  area: number,
  nseg: number,
  dx: number,
  electrotonic: number,
  spatial: boolean,
];

interface ShapeInfo {
  sections: number;
  spatial: number;
  fields: Quantity[];
  rows: Row[];
}

interface Measure {
  segments: number;
  dx: number;
  dx_at: string;
  d_lambda: number;
  d_lambda_at: string;
}

interface GridInfo {
  rule: "d_lambda" | "d_X" | "nseg";
  d_lambda: number;
  frequency: number;
  d_X: number;
  nseg: number;
  now: Measure | null;
  after: Measure | null;
  changes?: number;
  problem: string;
}

const RULES: [GridInfo["rule"], string, string][] = [
  ["d_lambda", "d_lambda", "Segments shorter than a part of the length constant at a frequency"],
  ["d_X", "d_X", "Segments as short as a length"],
  ["nseg", "nseg", "The same number of segments in each section"],
];
const NUMBERS: Record<GridInfo["rule"], [string, string, string][]> = {
  d_lambda: [
    ["d_lambda", "of the length constant", "Longest segment, as a part of the length constant"],
    ["frequency", "Hz", "At which the length constant is taken"],
  ],
  d_X: [["d_X", "µm", "Longest segment"]],
  nseg: [["nseg", "segments a section", "Segments of each section"]],
};

const short = (value: number) => formatNumber(Number(value.toPrecision(4)));

export const geometryPage: BuildPage = (builder) => {
  const { model, link, tell } = builder;
  const bar = placeBar(builder);

  // Shape
  const spatial = element("input", { type: "checkbox", onchange: () => showShape() });
  const reshape = element(
    "label",
    { class: "rb-check", title: "L scales their coordinates, diam gives every point that diameter" },
    spatial,
    "",
  );
  spatial.dataset.action = "reshape";
  const reshapeText = element("span", {});
  reshape.append(reshapeText);
  const keep = element(
    "select",
    { class: "rb-select rb-small-select", "aria-label": "How an area is reached" },
    element("option", { value: "L" }, "by the diameter"),
    element("option", { value: "diam" }, "by the length"),
  );
  const keepRow = element("label", { class: "rb-quiet rb-keep" }, "area is reached ", keep);
  const fields = new Fields(link, {
    action: "geometry.set",
    className: "rb-fields rb-page-fields",
    with: () => ({ spatial: spatial.checked, keep: keep.value }),
  });
  const empty = element("p", { class: "rb-empty" }, "No sections yet: draw one on the Topology page.");
  const showShape = () => {
    const info = model.get("shape") as ShapeInfo;
    empty.hidden = info.sections > 0;
    reshape.hidden = !(info.spatial > 0);
    reshapeText.textContent = `also change ${
      info.spatial === info.sections
        ? info.spatial === 1
          ? "its"
          : "their"
        : `the ${info.spatial} sections with`
    } 3-D points`;
    fields.show(
      (info.fields ?? []).map((field) => ({
        ...field,
        locked: field.locked === true && (!spatial.checked || field.label === "area"),
      })),
    );
    keepRow.hidden = info.sections === 0 || info.spatial === info.sections;
    showRows(info);
  };

  // Grid
  const rules = RULES.map(([rule, text, label]) => {
    const node = button(
      text,
      label,
      async () => tell(await link.ask("geometry.rule", { key: "rule", value: rule })),
      "rb-button rb-small",
    );
    node.dataset.rule = rule;
    return node;
  });
  const inputs = new Map<string, { root: HTMLElement; box: HTMLInputElement; error: HTMLElement }>();
  for (const [key, unit, doc] of Object.values(NUMBERS).flat()) {
    const error = element("span", { class: "rb-error", role: "alert" });
    const box = element("input", {
      type: "text",
      class: "rb-number",
      inputmode: "decimal",
      autocomplete: "off",
      "aria-label": `${doc}, ${unit}`,
      title: doc,
    });
    const send = async () => {
      const reply = await link.stream(key, "geometry.rule", { key, value: parseTyped(box.value) });
      if (reply) error.textContent = reply.error ?? "";
    };
    box.dataset.number = key;
    box.addEventListener("input", () => void send());
    const root = element(
      "span",
      { class: "rb-rule-number" },
      key === "frequency" ? element("span", { class: "rb-quiet" }, "at") : null,
      box,
      element("span", { class: "rb-quiet" }, unit),
      error,
    );
    inputs.set(key, { root, box, error });
  }
  const cells = new Map<string, HTMLElement>();
  const cell = (name: string, tag: "td" | "th" = "td") => {
    const node = element(tag, { "data-grid": name });
    cells.set(name, node);
    return node;
  };
  const line = (title: string, key: string, doc: string) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", title: doc }, title),
      cell(`now.${key}`),
      cell(`after.${key}`),
    );
  const problem = element("p", { class: "rb-error", role: "alert" });
  const apply = button(
    "Apply",
    "Cut the sections of this place into segments by this rule",
    async () => {
      // What was typed last is on its way; the kernel hears of it first.
      tell(await link.ask("geometry.apply", { place: builder.place() }));
    },
    "rb-button rb-button-accent",
  );
  apply.dataset.action = "apply-grid";
  const grid = element(
    "table",
    { class: "rb-page-table rb-grid-table" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td", {}),
        element("th", { scope: "col" }, "now"),
        element("th", { scope: "col" }, "with this rule"),
      ),
    ),
    element(
      "tbody",
      {},
      line("segments", "segments", "In all sections of this place"),
      line("longest dx (µm)", "dx", "The longest segment, and its section"),
      line("longest dx (λ)", "d_lambda", "In units of the length constant at the frequency of the rule"),
    ),
  );
  const showGrid = () => {
    const info = model.get("grid") as GridInfo;
    for (const node of rules) node.setAttribute("aria-pressed", String(node.dataset.rule === info.rule));
    const wanted = new Set((NUMBERS[info.rule] ?? []).map(([key]) => key));
    for (const [key, { root, box, error }] of inputs) {
      root.hidden = !wanted.has(key);
      if (document.activeElement !== box && error.textContent === "")
        box.value = formatNumber(info[key as "d_X"] ?? 0);
    }
    for (const when of ["now", "after"] as const) {
      const measure = info[when];
      const put = (key: string, text: string, at = "") => {
        const node = cells.get(`${when}.${key}`)!;
        node.replaceChildren(text, at === "" ? "" : element("span", { class: "rb-quiet" }, ` ${at}`));
      };
      put("segments", measure ? String(measure.segments) : "–");
      put("dx", measure ? short(measure.dx) : "–", measure?.dx_at);
      put("d_lambda", measure ? short(measure.d_lambda) : "–", measure?.d_lambda_at);
    }
    problem.textContent = info.problem;
    apply.disabled = info.after === null || info.changes === 0;
    apply.textContent = info.changes === 0 ? "The grid is so already" : "Apply";
  };

  // Table
  const rows = element("tbody", {});
  const rest = element("p", { class: "rb-quiet rb-page-hint" });
  const table = element(
    "details",
    { class: "rb-page-part rb-sections" },
    element("summary", { class: "rb-page-title" }, "Section by section"),
    element(
      "table",
      { class: "rb-page-table" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...["Section", "L (µm)", "diam (µm)", "area (µm²)", "nseg", "dx (µm)", "dx (λ)"].map((title) =>
            element("th", { scope: "col" }, title),
          ),
        ),
      ),
      rows,
    ),
    rest,
  );
  const edit = (row: Row, index: 1 | 2 | 4, key: string): HTMLElement => {
    const [name, , , , , , , hasPoints] = row;
    const box = element("input", {
      type: "text",
      class: "rb-number",
      value: short(row[index]),
      inputmode: "decimal",
      "aria-label": `${key} of ${name}`,
      disabled: hasPoints && key !== "nseg" && !spatial.checked,
      onchange: async () => {
        const reply = await link.ask("geometry.set", {
          key: `${name}|${key}`,
          value: parseTyped(box.value),
          spatial: spatial.checked,
        });
        tell(reply);
        if (reply?.error) box.value = short(row[index]);
      },
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") box.blur();
    });
    return element("td", {}, box);
  };
  const showRows = (info: ShapeInfo) => {
    if (rows.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement) {
      // The row under the hand stays where it is until it is left.
      document.activeElement.addEventListener("blur", () => queueMicrotask(() => showShape()), {
        once: true,
      });
      return;
    }
    const shown = info.rows ?? [];
    rows.replaceChildren(
      ...shown.map((row) =>
        element(
          "tr",
          { "data-section": row[0] },
          element(
            "th",
            { scope: "row" },
            button(row[0], `Choose ${row[0]}`, () => builder.choose([row[0]]), "rb-link"),
          ),
          edit(row, 1, "L"),
          edit(row, 2, "diam"),
          element("td", {}, short(row[3])),
          edit(row, 4, "nseg"),
          element("td", {}, short(row[5])),
          element("td", {}, short(row[6])),
        ),
      ),
    );
    rest.textContent =
      info.sections > shown.length
        ? `The ${shown.length} of ${info.sections} sections with the longest segments in units of λ.`
        : "";
  };

  showShape();
  showGrid();
  const stops = [
    onChange(model, ["shape"], showShape),
    onChange(model, ["grid"], showGrid),
    onChange(model, ["place"], () => {
      spatial.checked = false;
    }),
  ];
  return {
    root: element(
      "div",
      { class: "rb-page rb-geometry" },
      bar.root,
      empty,
      element(
        "section",
        { class: "rb-page-part", "aria-label": "Shape" },
        element("h3", { class: "rb-page-title" }, "Shape of each section"),
        fields.root,
        element("div", { class: "rb-shape-options" }, keepRow, reshape),
      ),
      element(
        "section",
        { class: "rb-page-part", "aria-label": "Grid" },
        element("h3", { class: "rb-page-title" }, "Grid"),
        element(
          "div",
          { class: "rb-page-row rb-rules" },
          element("span", { class: "rb-segmented", role: "group", "aria-label": "Rule" }, ...rules),
          ...[...inputs.values()].map(({ root }) => root),
        ),
        grid,
        problem,
        apply,
      ),
      table,
    ),
    dispose() {
      for (const stop of stops) stop();
      bar.dispose();
    },
  };
};
