// What a tool says when Python does not answer, and when it answers that something cannot be.

import { element } from "../dom";
import { Link, type Reply, refusalOf } from "../link";
import type { Model } from "../model";

/** A link to Python, and the line that says so while nobody answers it. */
export function answeringLink(model: Model): { link: Link; silence: HTMLElement } {
  const silence = element("p", { class: "rb-notice", role: "alert" });
  silence.hidden = true;
  const link = new Link(model, (silent) => {
    silence.hidden = !silent;
    silence.textContent = silent
      ? "The kernel does not answer: it is busy, or was restarted. If it was restarted, run this cell again."
      : "";
  });
  return { link, silence };
}

/** A line beneath a strip for what was refused; `tell` shows what is wrong with an answer, or nothing. */
export function refusalNotice(): { root: HTMLElement; tell(reply: Reply | null): void } {
  const root = element("p", { class: "rb-notice rb-error", role: "alert" });
  root.hidden = true;
  return {
    root,
    tell(reply) {
      root.textContent = refusalOf(reply);
      root.hidden = root.textContent === "";
    },
  };
}
