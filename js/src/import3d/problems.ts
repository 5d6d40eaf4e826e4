// The list of problems: the worst first, each with its place, its lines of the file and what can be done.

import { button, element } from "../dom";
import { type Link, refusalOf } from "../link";
import type { Model } from "../model";
import { excerptElement, excerptOf, PATIENCE, type Problem, type Remedy, showExcerpt } from "./page";

const GROUPS = [
  ["error", "Errors", "No cell can be made until these are repaired."],
  ["warning", "Warnings", "A cell can be made, but these may be mistakes of tracing."],
  ["note", "Notes", "What else to know of."],
  ["done", "Repaired", "What was repaired, while reading or since."],
] as const;

/** How many there are of each group, and open ones of each code; fewer may be listed. */
interface Counts {
  group: Record<string, number>;
  open: Record<string, number>;
}

export interface ProblemEvents {
  /** A problem was chosen, or with null none. */
  chosen(problem: Problem | null): void;
}

export class ProblemsPanel {
  readonly root: HTMLElement;
  private readonly list = element("div", { class: "rb-problem-list" });
  private readonly count = element("span", { class: "rb-problem-count", role: "status" });
  private readonly safe: HTMLButtonElement;
  private readonly all: HTMLButtonElement;
  private readonly message = element("p", { class: "rb-error", role: "alert" });
  private readonly folded = new Map<string, boolean>([
    ["note", true],
    ["done", true],
  ]);
  private problems: Problem[] = [];
  private counts: Counts = { group: {}, open: {} };
  private opened = "";

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly events: ProblemEvents,
  ) {
    this.safe = button(
      "Repair all that is safe",
      "Make every repair whose outcome is certain",
      () => void this.ask("problem.repair_all", { safe: true }),
    );
    this.safe.dataset.action = "repair-safe";
    this.all = button(
      "Repair all",
      "Make the first repair offered for every problem",
      () => void this.ask("problem.repair_all", { safe: false }),
    );
    this.all.dataset.action = "repair-all";
    this.root = element(
      "div",
      { class: "rb-problems" },
      element(
        "div",
        { class: "rb-problem-head" },
        this.count,
        element("span", { class: "rb-group" }, this.safe, this.all),
      ),
      this.message,
      this.list,
    );
  }

  show(): void {
    this.problems = (this.model.get("problems") ?? []) as Problem[];
    this.counts = this.model.get("problem_counts") as Counts;
    const open = this.problems.filter(({ remedies }) => remedies.length > 0);
    this.safe.disabled = !open.some(({ remedies }) => remedies.some(({ safe }) => safe));
    this.all.disabled = open.length === 0;
    const empty = this.model.get("file_name") === "";
    this.count.textContent = empty ? "Nothing is open yet" : inWords(this.counts.group);
    const fresh = !this.problems.some(({ key }) => key === this.opened);
    if (fresh && this.opened !== "") {
      this.opened = "";
      this.events.chosen(null);
    }
    this.list.replaceChildren(
      ...GROUPS.map(([name, title, meaning]) => this.group(name, title, meaning)).filter(
        (group) => group !== null,
      ),
    );
    if (this.problems.length === 0 && !empty)
      this.list.append(element("p", { class: "rb-quiet" }, "Nothing is wrong with this morphology."));
  }

  private group(name: Problem["group"], title: string, meaning: string): HTMLElement | null {
    const own = this.problems.filter(({ group }) => group === name);
    if (own.length === 0) return null;
    const count = this.counts.group[name] ?? own.length;
    const alone = own.length === this.problems.length;
    const details = element(
      "details",
      { class: `rb-problem-group rb-problem-${name}`, "data-group": name },
      element(
        "summary",
        { title: meaning },
        element("span", { class: "rb-severity-mark", "aria-hidden": "true" }),
        `${title} (${count})`,
      ),
      ...own.map((problem) => this.item(problem)),
      count > own.length
        ? element("p", { class: "rb-problem-more rb-quiet" }, `and ${count - own.length} more like these`)
        : null,
    );
    details.open = alone || !(this.folded.get(name) ?? false) || own.some(({ key }) => key === this.opened);
    details.addEventListener("toggle", () => this.folded.set(name, !details.open));
    return details;
  }

  private item(problem: Problem): HTMLElement {
    const open = problem.key === this.opened;
    const head = element(
      "button",
      {
        type: "button",
        class: "rb-problem",
        "aria-expanded": String(open),
        "data-code": problem.code,
        "data-line": problem.line,
        onclick: () => this.choose(open ? null : problem),
      },
      element("span", { class: "rb-problem-line" }, problem.line > 0 ? `line ${problem.line}` : ""),
      element("span", { class: "rb-problem-message" }, problem.message),
    );
    if (!open) return head;
    const excerpt = excerptElement();
    void this.link.ask("source.lines", { line: problem.line }).then((reply) => {
      showExcerpt(excerpt, excerptOf(reply), problem.line);
    });
    return element(
      "div",
      { class: "rb-problem-open" },
      head,
      element(
        "div",
        { class: "rb-problem-body" },
        excerpt,
        ...problem.remedies.map((remedy) => this.remedy(problem, remedy)),
      ),
    );
  }

  private remedy(problem: Problem, remedy: Remedy): HTMLElement {
    const { code, line } = problem;
    const alike = this.counts.open[code] ?? 0;
    const fields = { code, remedy: remedy.name };
    const look = button(
      "Preview",
      `Show what "${remedy.label}" would do, before it is done`,
      () => void this.ask("problem.preview", { ...fields, line }),
    );
    look.dataset.action = "preview";
    const take = button("Repair", remedy.label, () => void this.ask("problem.repair", { ...fields, line }));
    take.dataset.action = "repair";
    const buttons = [look, take];
    if (alike > 1) {
      const every = button(
        `All ${alike}`,
        `${remedy.label}, wherever it is offered for ${code}`,
        () => void this.ask("problem.repair", fields),
      );
      every.dataset.action = "repair-alike";
      buttons.push(every);
    }
    for (const each of buttons) each.classList.add("rb-small");
    return element(
      "div",
      { class: "rb-remedy", "data-remedy": remedy.name },
      element(
        "span",
        { class: "rb-remedy-label" },
        remedy.label,
        remedy.safe ? element("span", { class: "rb-tag" }, "safe") : null,
      ),
      element("span", { class: "rb-group" }, ...buttons),
    );
  }

  private choose(problem: Problem | null): void {
    this.opened = problem?.key ?? "";
    this.show();
    this.list.querySelector<HTMLElement>('.rb-problem[aria-expanded="true"]')?.focus();
    this.events.chosen(problem);
  }

  private async ask(action: string, fields: Record<string, unknown>): Promise<void> {
    this.message.textContent = refusalOf(await this.link.ask(action, fields, performance.now(), PATIENCE));
  }
}

function inWords(counts: Record<string, number>): string {
  const parts = GROUPS.flatMap(([name, title]) => {
    const count = counts[name] ?? 0;
    const word = title.toLowerCase();
    return count === 0 ? [] : [`${count} ${count === 1 ? word.replace(/s$/, "") : word}`];
  });
  return parts.join(", ") || "No problems";
}
