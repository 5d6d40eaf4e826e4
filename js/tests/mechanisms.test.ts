// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { partsOf } from "../src/controls/upload";
import { outcome } from "../src/mechanisms/browser";
import { find, type Listed } from "../src/mechanisms/search";

const entry = (name: string, ions: string[], title: string, kind: Listed["kind"] = "density"): Listed => ({
  name,
  kind,
  title,
  ions,
  source: "",
  origin: "built in",
  words: "gbar conductance",
});
const listed = [
  entry("ExpSyn", [], "Synapse with an exponential decay", "point"),
  entry("cat", ["ca"], "T-type calcium channel"),
  entry("hh", ["na", "k"], "Sodium, potassium and leak"),
  entry("naf", ["na"], "Fast sodium channel"),
];
const names = (query: string) => find(listed, query).map(({ name }) => name);

describe("find", () => {
  it("lists everything in its order when nothing is asked", () => {
    expect(names("  ")).toEqual(["ExpSyn", "cat", "hh", "naf"]);
  });
  it("puts the name before the ion and the ion before the words", () => {
    expect(names("na")).toEqual(["naf", "hh"]);
    expect(names("ca")).toEqual(["cat"]);
    expect(names("CHANNEL")).toEqual(["cat", "naf"]);
  });
  it("wants every word", () => {
    expect(names("sodium fast")).toEqual(["naf"]);
    expect(names("sodium calcium")).toEqual([]);
  });
  it("knows kinds", () => {
    expect(names("point")).toEqual(["ExpSyn"]);
  });
});

it("partsOf cuts a text that joins again, and an empty one into one part", () => {
  expect(partsOf("abcdefg", 3)).toEqual(["abc", "def", "g"]);
  expect(partsOf("")).toEqual([""]);
});

describe("outcome", () => {
  it("names the file of an error once", () => {
    expect(outcome("a.mod", { error: "a.mod, line 3, column 2: no" })).toEqual([
      { text: "a.mod, line 3, column 2: no", bad: true },
    ]);
    expect(outcome("a.mod", { error: "too long" })[0]!.text).toBe("a.mod: too long");
  });
  it("passes on what was noted", () => {
    expect(outcome("a.mod", { name: "kdr", notes: ["it replaces another"] }).map(({ text }) => text)).toEqual(
      ["a.mod: loaded as kdr", "it replaces another"],
    );
  });
});
