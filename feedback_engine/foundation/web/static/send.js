// Ctrl+Enter, on a Mac Cmd+Enter, in a field sends its form, as its first button does; where one form holds several deeds,
// each folded away (details.act), as the first button of the field's own. Without this script that button sends it.
// What is typed on until the answer comes would be lost with the page: the field keeps the focus, and takes no more.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || event.isComposing || event.repeat) return;
  const field = event.target, form = field.closest("form[method=post]"), deed = field.closest("details.act");
  if (!form || !field.matches("textarea, input, select")) return;
  event.preventDefault();
  const sends = (part) => part.querySelector("button:not([type=button])");
  ((form.contains(deed) && sends(deed)) || sends(form))?.click();
  if (field.matches("select") || !form.checkValidity()) return;
  field.readOnly = true;
  form.setAttribute("aria-busy", "true");
  addEventListener("pageshow", () => { field.readOnly = false; form.removeAttribute("aria-busy"); }, { once: true });
});
