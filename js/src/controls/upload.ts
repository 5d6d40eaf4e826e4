// Text files sent to Python in parts: one long message would drop the connection.

import type { Link, Reply } from "../link";

/** Of one file; Python refuses more as well. */
export const MOST_BYTES = 2_000_000;

/** Characters in one message. */
const PART = 200_000;

/** Reading a file and making something of it may take longer than an ordinary answer, ms. */
const PATIENCE = 60_000;

export function partsOf(text: string, size = PART): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; start += size) parts.push(text.slice(start, start + size));
  return parts.length > 0 ? parts : [""];
}

/** Sends one file by `action` {file, text, part, parts}; the reply to its last part, or what is wrong in words. */
export async function sendFile(link: Link, action: string, file: File): Promise<Reply> {
  if (file.size > MOST_BYTES)
    return { error: `${file.name} has ${Math.ceil(file.size / 1e6)} MB: a mechanism file has at most 2 MB` };
  const parts = partsOf(await file.text());
  let reply: Reply | null = null;
  for (const [part, text] of parts.entries()) {
    reply = await link.ask(
      action,
      { file: file.name, text, part, parts: parts.length },
      performance.now(),
      PATIENCE,
    );
    if (!reply) return { error: "The kernel does not answer." };
    if (reply.error) return reply;
  }
  return reply ?? {};
}

/** Lets files be dropped on `target`; it has the class `rb-dropping` while they hover. Returns the way to stop. */
export function takeDrops(target: HTMLElement, take: (files: File[]) => void): () => void {
  const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  const over = (event: DragEvent) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    target.classList.add("rb-dropping");
  };
  const leave = (event: DragEvent) => {
    if (!target.contains(event.relatedTarget as Node | null)) target.classList.remove("rb-dropping");
  };
  const drop = (event: DragEvent) => {
    target.classList.remove("rb-dropping");
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    take([...(event.dataTransfer?.files ?? [])]);
  };
  target.addEventListener("dragover", over);
  target.addEventListener("dragleave", leave);
  target.addEventListener("drop", drop);
  return () => {
    target.removeEventListener("dragover", over);
    target.removeEventListener("dragleave", leave);
    target.removeEventListener("drop", drop);
  };
}
