// The numbers of the shape: by type, over distance, and the tree laid flat. Each can be taken away as CSV.

import { css, hexToRgb, regionColours } from "../colormaps";
import { formatNumber } from "../controls/number";
import { CurvePlot } from "../curves/curves";
import { button, download, element } from "../dom";
import { type Link, refusalOf } from "../link";
import type { Store } from "../store";
import type { Range } from "../traces/range";
import { Dendrogram, type DendrogramData } from "./dendrogram";
import { PATIENCE } from "./page";

export interface TableData {
  columns: string[];
  /** A row's first cell names it. */
  rows: (string | number | null)[][];
}

interface PlotData {
  name: string;
  title: string;
  along: string;
  x: number[];
  curves: { name: string; values: (number | null)[] }[];
  stepped: boolean;
}

interface Statistics {
  table: TableData;
  plots: PlotData[];
  dendrogram: DendrogramData;
}

export class StatisticsPanel {
  readonly root: HTMLElement;
  private readonly message = element("p", { class: "rb-error", role: "alert" });
  private readonly table = element("div", {
    class: "rb-table-frame",
    tabindex: "0",
    role: "region",
    "aria-label": "Table by type",
  });
  private readonly plotHome = element("div", { class: "rb-stat-plots" });
  private readonly plots = new Map<string, CurvePlot>();
  private readonly highest = new Map<string, number>();
  private readonly dendrogram: Dendrogram;
  private readonly seen: IntersectionObserver;
  private visible = false;
  private stale = true;
  private asked = 0;

  constructor(
    private readonly link: Link,
    private readonly store: Store,
    chosen: (sample: number) => void,
  ) {
    this.dendrogram = new Dendrogram(store, chosen);
    this.root = element(
      "div",
      { class: "rb-statistics", "data-measured": "" },
      this.message,
      element(
        "div",
        { class: "rb-stat-head" },
        element("strong", {}, "By type"),
        this.save("table", "the table by type"),
      ),
      this.table,
      this.plotHome,
      element(
        "div",
        { class: "rb-stat-head" },
        element("strong", {}, "Dendrogram"),
        element("span", { class: "rb-quiet" }, "path length from the root, µm"),
        this.save("dendrogram", "the sections of the dendrogram"),
      ),
      this.dendrogram.root,
    );
    // Measuring takes a moment, so only what is seen is measured.
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
      this.follow();
    });
    this.seen.observe(this.root);
  }

  /** The morphology is another one, or changed. */
  changed(): void {
    this.stale = true;
    this.follow();
  }

  restyle(): void {
    for (const plot of this.plots.values()) plot.restyle();
    this.dendrogram.draw();
  }

  dispose(): void {
    this.seen.disconnect();
    for (const plot of this.plots.values()) plot.dispose();
    this.dendrogram.dispose();
  }

  private follow(): void {
    if (!this.visible || !this.stale) return;
    this.stale = false;
    void this.fetch();
  }

  private async fetch(): Promise<void> {
    const turn = ++this.asked;
    const reply = await this.link.ask("statistics", {}, performance.now(), PATIENCE);
    if (turn !== this.asked) return;
    this.message.textContent = refusalOf(reply);
    for (const part of [this.table, this.plotHome, this.dendrogram.root])
      part.hidden = !reply || "error" in reply;
    if (!reply || reply.error) return;
    const { table, plots, dendrogram } = reply as unknown as Statistics;
    this.table.replaceChildren(tableElement(table, this.store));
    for (const plot of plots) this.showPlot(plot);
    this.dendrogram.show(dendrogram);
    this.root.dataset.measured = String(turn);
  }

  private showPlot({ name, title, along, x, curves, stepped }: PlotData): void {
    const { highest } = this;
    highest.set(name, Math.max(...curves.flatMap(({ values }) => values.map((value) => value ?? 0))));
    let plot = this.plots.get(name);
    if (!plot) {
      // Counts begin at zero, and the axis ends above the highest.
      plot = new CurvePlot({
        title,
        unit: "",
        along,
        get range(): Range {
          return [0, 1.1 * (highest.get(name) || 1)];
        },
      });
      this.plots.set(name, plot);
      this.plotHome.append(element("div", { class: "rb-stat-plot" }, plot.root, this.save(name, title)));
    }
    const numbers = (values: (number | null)[]) => Float32Array.from(values, (value) => value ?? Number.NaN);
    const kinds = regionColours(
      curves.map((curve) => curve.name),
      this.store.get("theme"),
    );
    const plain = regionColours(["dend"], this.store.get("theme")).get("dend") ?? hexToRgb("#0072b2");
    const colourOf = (kind: string) =>
      kind === "" ? css(plain) : kind === "all" ? "#8c8c8c" : css(kinds.get(kind) ?? hexToRgb("#8c8c8c"));
    plot.show(
      numbers(x),
      curves.map((curve) => ({
        name: curve.name,
        colour: colourOf(curve.name),
        values: numbers(curve.values),
        stepped,
      })),
    );
  }

  private save(name: string, what: string): HTMLButtonElement {
    const node = button("CSV", `Save ${what} as CSV`, async () => {
      const reply = await this.link.ask("export.csv", { table: name }, performance.now(), PATIENCE);
      this.message.textContent = refusalOf(reply);
      if (typeof reply?.content === "string")
        download(String(reply.name), new Blob([reply.content], { type: "text/csv" }));
    });
    node.classList.add("rb-small");
    node.dataset.csv = name;
    return node;
  }
}

function tableElement({ columns, rows }: TableData, store: Store): HTMLElement {
  const colours = regionColours(
    rows.map(([name]) => String(name)),
    store.get("theme"),
  );
  const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)));
  const body = rows.map((row, index) => {
    const cells = row.map((value, column) => {
      if (column > 0) {
        const text = typeof value === "number" ? formatNumber(Number(value.toPrecision(5))) : (value ?? "");
        return element("td", {}, text);
      }
      const cell = element("th", { scope: "row" });
      if (index < rows.length - 1) {
        const swatch = element("span", { class: "rb-legend-swatch", "aria-hidden": "true" });
        swatch.style.background = css(colours.get(String(value)) ?? hexToRgb("#8c8c8c"));
        cell.append(swatch);
      }
      cell.append(String(value));
      return cell;
    });
    return element("tr", {}, ...cells);
  });
  return element(
    "table",
    { class: "rb-stat-table" },
    element("thead", {}, head),
    element("tbody", {}, ...body),
  );
}
