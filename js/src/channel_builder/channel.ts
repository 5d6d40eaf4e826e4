// A channel as Python sends it: the data of its document.

export interface FormData {
  form: string;
  text?: string;
  v?: number[];
  y?: number[];
}

export interface RatesData {
  form: "alpha_beta" | "inf_tau" | "borg_graham";
  alpha?: FormData;
  beta?: FormData;
  inf?: FormData;
  tau?: FormData;
  ligand?: string;
  coefficient: number;
}

export interface StateData {
  name: string;
  conductance: number;
  x: number;
  y: number;
}

export interface TransitionData {
  source: string;
  target: string;
  rates: RatesData;
}

export interface SchemeData {
  form: "scheme";
  states: StateData[];
  transitions: TransitionData[];
}

export interface GateData {
  name: string;
  power: number;
  kinetics: RatesData | SchemeData;
}

export interface ChannelData {
  name: string;
  kind: "density" | "point";
  current: "ohmic" | "ghk";
  ion?: string;
  valence?: number;
  gates: GateData[];
  single_channels: boolean;
  /** Of the largest conductance or permeability, which is called `conductance`. */
  unit: string;
  conductance: string;
  current_name: string;
}

export interface Chosen {
  gate: string;
  /** The transition whose rates are edited, or the gate itself. */
  pair: string;
  state: string;
}

export interface Choice {
  name: string;
  title: string;
  doc?: string;
}

export interface Choices {
  forms: Choice[];
  kinetics: Choice[];
  templates: Choice[];
  ions: string[];
}

export function schemeOf(gate: GateData | undefined): SchemeData | null {
  return gate?.kinetics.form === "scheme" ? gate.kinetics : null;
}

export function pairName({ source, target }: TransitionData): string {
  return `${source}_${target}`;
}

/** The rates named `pair`: a gate's own, or those of a transition of its scheme. */
export function ratesOf(gate: GateData, pair: string): RatesData | null {
  if (gate.kinetics.form !== "scheme") return gate.kinetics;
  return gate.kinetics.transitions.find((each) => pairName(each) === pair)?.rates ?? null;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `m³h`: a gate with its power as it stands in an equation. */
export function inEquation({ name, power }: GateData): string {
  return power === 1
    ? name
    : `${name}${[...String(power)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("")}`;
}

/** The equation of the current: `ik = gbar · n⁴ · (v − ek)`. */
export function equation(channel: ChannelData): string {
  const { current_name, conductance, gates, current, ion } = channel;
  const drive = current === "ghk" ? `GHK(v, ${ion}i, ${ion}o)` : `(v − e${ion ?? ""})`;
  return `${current_name} = ${[conductance, ...gates.map(inEquation), drive].join(" · ")}`;
}
