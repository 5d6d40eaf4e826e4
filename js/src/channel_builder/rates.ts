// How fast something opens and closes: the form of a pair of rates, and each of its functions of voltage.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { formatNumber } from "../controls/number";
import { ChoiceField, TextField } from "../controls/text";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Choices, FormData, RatesData } from "./channel";

export type Groups = Record<string, Quantity[]>;

const TITLES: Record<string, string> = {
  alpha: "α, opening (1/ms)",
  beta: "β, closing (1/ms)",
  inf: "∞, steady state",
  tau: "τ, time constant (ms)",
};
const ROLES: Record<RatesData["form"], readonly Role[]> = {
  alpha_beta: ["alpha", "beta"],
  inf_tau: ["inf", "tau"],
  borg_graham: [],
};

/** Fitting another form may take longer than an ordinary answer, ms. */
const REFIT = 20_000;

type Role = "alpha" | "beta" | "inf" | "tau";

interface Subject {
  gate: string;
  pair: string;
}

/** The two functions of one pair of rates, and what they depend on besides voltage. */
export class RatesEditor {
  readonly root: HTMLElement;
  private readonly kinetics: ChoiceField;
  private readonly ligand: TextField;
  private readonly coefficient: TextField;
  private readonly roles: HTMLElement;
  private readonly whole: Fields;
  private editors: RoleEditor[] = [];
  private form = "";
  private subject: Subject = { gate: "", pair: "" };

  constructor(private readonly link: Link) {
    this.kinetics = new ChoiceField("Rates by", (form) =>
      link.ask("gate.kinetics", { ...this.subject, form }, performance.now(), REFIT),
    );
    this.kinetics.root.dataset.choice = "kinetics";
    this.ligand = new TextField(
      "Ligand",
      (ligand) => this.bind(ligand, this.coefficient.input.value || "1"),
      {
        placeholder: "none, or ca.inside",
        doc: "A concentration that multiplies the opening rate",
      },
    );
    this.coefficient = new TextField("to the power", (n) => this.bind(this.ligand.input.value, n), {
      className: "rb-short",
    });
    this.roles = element("div", { class: "rb-roles" });
    this.whole = new Fields(link, { action: "number.set", className: "rb-fields rb-fields-compact" });
    this.root = element(
      "div",
      { class: "rb-rates" },
      this.kinetics.root,
      this.roles,
      this.whole.root,
      element("div", { class: "rb-ligand" }, this.ligand.root, this.coefficient.root),
    );
  }

  show(subject: Subject, rates: RatesData, groups: Groups, choices: Choices, scheme: boolean): void {
    this.subject = subject;
    this.kinetics.show(
      rates.form,
      choices.kinetics.filter(({ name }) => name !== "scheme" || !scheme),
    );
    const form = `${subject.gate}|${subject.pair}|${rates.form}`;
    if (form !== this.form) {
      this.form = form;
      this.editors = ROLES[rates.form].map((role) => new RoleEditor(this.link, { ...subject, role }));
      this.roles.replaceChildren(...this.editors.map(({ root }) => root));
    }
    for (const editor of this.editors) {
      const data = rates[editor.role];
      if (data) editor.show(data, groups[`pair:${subject.pair}:${editor.role}`] ?? [], choices);
    }
    this.whole.show(groups[`pair:${subject.pair}`] ?? []);
    this.ligand.show(rates.ligand ?? "");
    this.coefficient.show(String(rates.coefficient));
    this.coefficient.root.hidden = rates.ligand === undefined;
  }

  private bind(ligand: string, power: string): Promise<Reply | null> {
    return this.link.ask("rates.ligand", {
      ...this.subject,
      ligand: ligand.trim(),
      coefficient: Number(power),
    });
  }
}

class RoleEditor {
  readonly root: HTMLElement;
  readonly role: Role;
  private readonly form: ChoiceField;
  private readonly formula: TextField;
  private readonly fields: Fields;
  private readonly table: HTMLElement;
  private readonly points: HTMLTextAreaElement;
  private readonly pointsError: HTMLElement;
  private readonly explanation: HTMLElement;

  constructor(
    private readonly link: Link,
    private readonly subject: Subject & { role: Role },
  ) {
    this.role = subject.role;
    this.form = new ChoiceField(TITLES[this.role]!, (form) =>
      link.ask("rate.form", { ...subject, form }, performance.now(), REFIT),
    );
    this.form.root.dataset.choice = this.role;
    this.explanation = element("code", { class: "rb-form-text" });
    this.formula = new TextField("Formula", (text) => link.ask("rate.formula", { ...subject, text }), {
      mono: true,
      doc: "Of v (mV), celsius and constants; a new name becomes a constant with a slider",
    });
    this.fields = new Fields(link, { action: "number.set", className: "rb-fields rb-fields-compact" });
    this.points = element("textarea", {
      class: "rb-input rb-mono rb-points",
      rows: "5",
      spellcheck: "false",
      "aria-label": `Points of ${TITLES[this.role]}: a voltage and a value in each line`,
      onchange: () => void this.sendPoints(),
    });
    // JupyterLab would run the cell on Shift+Enter; Enter is a new line here.
    this.points.addEventListener("keydown", (event) => event.stopPropagation());
    this.pointsError = element("div", { class: "rb-error", role: "alert" });
    const fits = ["exponential", "linoid", "sigmoid", "best"].map((form) =>
      button(
        form === "best" ? "nearest" : form,
        `Fit ${form === "best" ? "the nearest form" : form} to the points`,
        () => void this.fit(form),
        "rb-button rb-small",
      ),
    );
    this.table = element(
      "div",
      { class: "rb-table-editor" },
      element("span", { class: "rb-quiet" }, "v (mV) and value, one point a line"),
      this.points,
      this.pointsError,
      element("div", { class: "rb-fits" }, element("span", { class: "rb-quiet" }, "Fit "), ...fits),
    );
    this.root = element(
      "fieldset",
      { class: "rb-role", "data-role": this.role },
      element("legend", { class: "rb-hidden-text" }, TITLES[this.role]!),
      this.form.root,
      this.explanation,
      this.formula.root,
      this.table,
      this.fields.root,
    );
  }

  show(data: FormData, quantities: Quantity[], choices: Choices): void {
    this.form.show(data.form, choices.forms);
    const plain = data.form !== "formula" && data.form !== "table";
    this.explanation.hidden = !plain;
    this.explanation.textContent = choices.forms.find(({ name }) => name === data.form)?.doc ?? "";
    this.formula.root.hidden = data.form !== "formula";
    this.formula.show(data.text ?? "");
    this.table.hidden = data.form !== "table";
    if (data.form === "table" && document.activeElement !== this.points && !this.pointsError.textContent)
      this.points.value = tableText(data.v ?? [], data.y ?? []);
    this.fields.show(quantities);
  }

  private async sendPoints(): Promise<void> {
    const reply = await this.link.ask("rate.table", { ...this.subject, text: this.points.value });
    if (reply) this.pointsError.textContent = reply.error ?? "";
  }

  private async fit(form: string): Promise<void> {
    const reply = await this.link.ask("rate.fit", { ...this.subject, form });
    if (reply) this.pointsError.textContent = reply.error ?? "";
  }
}

export function tableText(v: readonly number[], y: readonly number[]): string {
  return v
    .map((voltage, row) => `${formatNumber(voltage)}  ${formatNumber(y[row] ?? Number.NaN)}`)
    .join("\n");
}
