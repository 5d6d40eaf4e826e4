// The profiles page: a parameter that varies over a place as a function of where a segment is.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { ChoiceField, TextField } from "../controls/text";
import { COLOURS, CurvePlot } from "../curves/curves";
import { button, element } from "../dom";
import { float32, onChange } from "../model";
import type { BuildPage } from "./page";
import { placeBar } from "./places";

interface Form {
  name: string;
  title: string;
  doc: string;
}

interface ProfileInfo {
  place: string;
  target: string;
  targets: string[];
  /** "" while the parameter is no profile. */
  kind: string;
  unit: string;
  doc: string;
  metric: string;
  origin: string;
  direction: string;
  offset: string;
  normalise: string;
  note: string;
  assigned: boolean;
  code: string;
  problem: string;
  measurable: boolean;
  coefficients: Quantity[];
  expression: string;
  points: string;
}

const METRICS = [
  { name: "path_distance", title: "path distance, along the tree" },
  { name: "radial_distance", title: "radial distance, through space" },
  { name: "projection", title: "projection on a direction" },
];
const METRIC_NAMES: Record<string, string> = {
  path_distance: "path distance",
  radial_distance: "radial distance",
  projection: "projection",
};
const OFFSETS = [
  { name: "none", title: "none" },
  { name: "most_proximal", title: "the most proximal point is 0" },
  { name: "all_proximal", title: "all proximal ends are 0" },
];
const NORMALS = [
  { name: "none", title: "none, p is in µm" },
  { name: "most_distal", title: "the most distal point is 1" },
  { name: "all_distal", title: "all distal ends are 1" },
];

export const profilesPage: BuildPage = (builder) => {
  const { model, link, store, tell } = builder;
  const bar = placeBar(builder);
  const info = () => model.get("profile") as ProfileInfo;
  const ask = async (action: string, payload: Record<string, unknown>) => {
    const reply = await link.ask(action, payload);
    tell(reply);
    return reply;
  };
  const measure = (field: string) => (value: string) => link.ask("profiles.measure", { field, value });

  const target = new ChoiceField("Parameter", (name) => link.ask("profiles.choose", { target: name }));
  target.root.dataset.choice = "target";
  const metric = new ChoiceField("p is the", measure("metric"));
  metric.root.dataset.choice = "metric";
  const origin = new TextField("from", measure("origin"), {
    placeholder: "middle of the root",
    doc: "Where p is 0: a place such as soma(0.5), or, through space, a point x, y, z in µm",
  });
  origin.root.dataset.text = "origin";
  const pick = button("Pick…", "Click on the cell where p is 0", async () => {
    const place = await builder.pick("Click the cell where p is 0. Esc gives up.");
    if (place) origin.fail((await measure("origin")(`${place.section}(${place.x})`))?.error ?? "");
  });
  const direction = new TextField("towards", measure("direction"), {
    placeholder: "0, 1, 0",
    doc: "The direction of the projection, x, y, z",
    className: "rb-short",
  });
  direction.root.dataset.text = "direction";
  const offset = new ChoiceField("offset", measure("offset"));
  offset.root.dataset.choice = "offset";
  const normalise = new ChoiceField("normalised", measure("normalise"));
  normalise.root.dataset.choice = "normalise";

  const known = model.get("profile_forms") as Form[];
  const forms = known.map(({ name, title, doc }) => {
    const node = button(title, doc, () => void ask("profiles.kind", { kind: name }), "rb-button rb-small");
    node.dataset.kind = name;
    return node;
  });
  const remove = button(
    "Remove",
    "Forget the profile, so that a weaker value holds again",
    () => void ask("profiles.remove", {}),
    "rb-button rb-small",
  );
  remove.dataset.action = "remove-profile";
  const formula = element("code", { class: "rb-form-text" });
  const expression = new TextField("f(p) =", (text) => link.ask("profiles.expression", { text }), {
    mono: true,
    doc: "Of p and constants; a new name becomes a constant with a slider",
    className: "rb-formula",
  });
  expression.root.dataset.text = "expression";
  const points = element("textarea", {
    class: "rb-input rb-mono rb-points",
    rows: "6",
    spellcheck: "false",
    "aria-label": "Points: p and the value in each line",
    onchange: async () => {
      const reply = await link.ask("profiles.table", { text: points.value });
      if (reply) pointsError.textContent = reply.error ?? "";
    },
  });
  // JupyterLab would run the cell on Shift+Enter; Enter is a new line here.
  points.addEventListener("keydown", (event) => event.stopPropagation());
  const pointsError = element("div", { class: "rb-error", role: "alert" });
  const table = element(
    "div",
    { class: "rb-table-editor" },
    element("span", { class: "rb-quiet" }, "p and the value, one point a line"),
    points,
    pointsError,
  );
  const fields = new Fields(link, { action: "profiles.set", className: "rb-fields rb-page-fields" });
  const note = element("p", { class: "rb-quiet rb-page-hint" });
  const code = element("code", { class: "rb-profile-code" });
  const problem = element("p", { class: "rb-error", role: "alert" });
  const plot = new CurvePlot({ title: "f(p)", unit: "", along: "p" });
  plot.root.classList.add("rb-profile-plot");
  const paints = (
    [
      ["value", "f(p)", "Paint the parameter on the shape"],
      ["p", "p", "Paint p on the shape"],
      ["", "types", "Show the types of sections again"],
    ] as const
  ).map(([what, text, label]) => {
    const node = button(text, label, () => void ask("profiles.paint", { what }), "rb-button rb-small");
    node.dataset.paint = what;
    return node;
  });
  const empty = element(
    "p",
    { class: "rb-empty" },
    "Nothing here can vary: the place has no sections with a membrane yet.",
  );
  const body = element(
    "div",
    {},
    element("div", { class: "rb-page-row" }, target.root),
    element(
      "section",
      { class: "rb-page-part", "aria-label": "Function" },
      element(
        "div",
        { class: "rb-page-row rb-forms" },
        element(
          "span",
          { class: "rb-segmented", role: "group", "aria-label": "Form of the profile" },
          ...forms,
        ),
        remove,
      ),
      note,
      formula,
      expression.root,
      fields.root,
      table,
      problem,
      plot.root,
      element(
        "div",
        { class: "rb-page-row rb-paints" },
        element("span", { class: "rb-quiet" }, "On the shape"),
        element(
          "span",
          { class: "rb-segmented", role: "group", "aria-label": "Painted on the shape" },
          ...paints,
        ),
      ),
    ),
    element(
      "section",
      { class: "rb-page-part", "aria-label": "How p is measured" },
      element("h3", { class: "rb-page-title" }, "p"),
      element("div", { class: "rb-page-row" }, metric.root, origin.root, pick, direction.root),
      element("div", { class: "rb-page-row" }, offset.root, normalise.root),
    ),
    code,
  );

  const show = () => {
    const shown = info();
    empty.hidden = shown.targets.length > 0;
    body.hidden = shown.targets.length === 0;
    if (shown.targets.length === 0) return;
    const varies = shown.kind !== "";
    target.show(
      shown.target,
      shown.targets.map((name) => ({ name, title: name })),
    );
    for (const node of forms) node.setAttribute("aria-pressed", String(node.dataset.kind === shown.kind));
    for (const node of forms) node.disabled = !shown.measurable;
    remove.hidden = !varies;
    formula.hidden = !varies || shown.kind === "along" || shown.kind === "table";
    formula.textContent = `f(p) = ${known.find(({ name }) => name === shown.kind)?.doc ?? ""}`;
    note.textContent = varies
      ? shown.note
      : `${shown.target} is no profile over ${shown.place} yet${shown.note ? `: ${shown.note}` : ""}. Choose a form.`;
    note.hidden = note.textContent === "";
    expression.root.hidden = shown.kind !== "along";
    expression.show(shown.expression);
    table.hidden = shown.kind !== "table";
    if (document.activeElement !== points && pointsError.textContent === "") points.value = shown.points;
    fields.show(shown.coefficients ?? []);
    metric.show(shown.metric, METRICS);
    origin.show(shown.origin);
    direction.show(shown.direction);
    direction.root.hidden = shown.metric !== "projection";
    offset.show(shown.offset, OFFSETS);
    normalise.show(shown.normalise, NORMALS);
    code.textContent = shown.code;
    code.hidden = shown.code === "";
    problem.textContent = shown.problem;
    draw();
  };
  const draw = () => {
    const shown = info();
    const numbers = float32(model, "profile_curve");
    plot.root.hidden = numbers.length === 0;
    if (numbers.length === 0) return;
    const samples = numbers.length / 4;
    const row = (index: number) => numbers.subarray(index * samples, (index + 1) * samples);
    plot.title = shown.target;
    plot.unit = shown.unit;
    plot.along = `p, ${METRIC_NAMES[shown.metric] ?? ""}${shown.normalise === "none" ? " (µm)" : ""}`;
    const curve = { name: "f(p)", colour: COLOURS[1], values: row(1) };
    const segments = { name: "segments", colour: COLOURS[0], values: row(2), dots: true };
    const others = { name: "set otherwise", colour: "#8c8c8c", values: row(3), dots: true };
    plot.show(row(0), [
      ...(shown.kind === "" ? [] : [curve]),
      segments,
      ...(others.values.every(Number.isNaN) ? [] : [others]),
    ]);
  };
  const showPaint = () => {
    const painted = String(model.get("painted"));
    for (const node of paints) node.setAttribute("aria-pressed", String(node.dataset.paint === painted));
  };
  show();
  showPaint();
  let waiting = false;
  // The curve and what it is called arrive in one message.
  const once = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      show();
    });
  };
  const stops = [
    onChange(model, ["profile", "profile_curve"], once),
    onChange(model, ["painted"], showPaint),
    store.subscribe("theme", () => plot.restyle()),
  ];
  return {
    root: element("div", { class: "rb-page rb-profiles" }, bar.root, empty, body),
    dispose() {
      for (const stop of stops) stop();
      plot.dispose();
      bar.dispose();
    },
  };
};
