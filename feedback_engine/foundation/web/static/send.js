// Ctrl+Enter, on a Mac Cmd+Enter, in a field of text sends its form, as its first button does. Without this script that
// button sends it.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || event.isComposing || event.repeat) return;
  const form = event.target.closest("form[method=post]");
  if (!form || !event.target.matches("textarea, input")) return;
  event.preventDefault();
  form.querySelector("button:not([type=button])")?.click();
});
