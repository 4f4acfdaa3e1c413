// Goes to what is to be mended on a page that refuses a form and says so ([role=alert]): what is typed on is meant for that
// field, and not for the keys of the page. A field that is at fault is [aria-invalid], or the summary of faults leads to
// it. Where none is, the form that stands open is gone on with, and says what the refusal says; where there is no form,
// or its field is so long that what is wrong in it is gone to by the summary, the refusal itself has the focus. Without
// this script one goes there oneself.
"use strict";
{
  const FIELD = "input:not([type=hidden]), select, textarea";
  const refusal = document.querySelector("main [role=alert]");
  const isShown = (part) => part.getClientRects().length > 0;
  const fieldOf = (part) => (part.matches(FIELD) ? part : part.querySelector("input:checked") ?? part.querySelector(FIELD));
  const firstOf = (selector) => [...document.querySelectorAll(selector)].map(fieldOf).find((field) => field && isShown(field));

  const goTo = (field) => {
    field.focus({ preventScroll: true });
    // One types on behind what is there.
    if (field.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
  };

  const mend = () => {
    const led = [...refusal.querySelectorAll("a[href^='#']")].map((link) => `[id="${CSS.escape(link.hash.slice(1))}"]`);
    const wrong = firstOf(["main [aria-invalid=true]", ...led].join());
    const field = wrong ?? firstOf("details.act[open] form");
    if (!field || field.offsetHeight > innerHeight / 2) { refusal.tabIndex = -1; refusal.focus(); return; }
    goTo(field);
    // With its name above it and what is wrong below; the refusal of a whole form stays in sight.
    if (wrong) { (field.closest(".field") ?? field).scrollIntoView({ block: "nearest" }); return; }
    refusal.id ||= "refusal";
    field.setAttribute("aria-describedby", `${refusal.id} ${field.getAttribute("aria-describedby") ?? ""}`.trim());
  };

  if (refusal) mend();
}
