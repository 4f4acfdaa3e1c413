// Offers names while "@" is typed in a field with [data-names], one a line; [data-names-label] says what they are, and
// [data-names-none] that none of them is what is being typed. The field keeps the focus: arrows go through the names,
// Enter or Tab or a tap takes one, Escape leaves them. Without this script a name is typed whole.
"use strict";
for (const field of document.querySelectorAll("textarea[data-names]")) {
  const MOST = 6, BEGUN = /(?:^|[^\p{L}\p{N}@])@([^@\n]*)$/u;
  const names = field.dataset.names.split("\n"), list = document.createElement("ul");
  const none = document.createElement("span"), parts = names.flatMap((name) => name.toLowerCase().split(" "));
  let from = 0, at = 0, spaced = -1;
  const give = (part, attributes) => { for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value); };

  give(list, { id: `${field.id}-names`, class: "plain names", role: "listbox", "aria-label": field.dataset.namesLabel, hidden: "" });
  give(none, { class: "hint", role: "status" });
  field.after(list, none);
  give(field, { "aria-autocomplete": "list", "aria-controls": list.id, "aria-haspopup": "listbox" });

  const close = () => { list.hidden = true; field.removeAttribute("aria-activedescendant"); };

  const mark = (step) => {
    const count = list.children.length;
    at = (at + step + count) % count;
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", number === at));
    field.setAttribute("aria-activedescendant", list.children[at].id);
  };

  const optionOf = (name, number) => {
    const option = document.createElement("li");
    give(option, { id: `${list.id}-${number}`, role: "option" });
    option.textContent = name;
    return option;
  };

  const offer = () => {
    const begun = field.value.slice(0, field.selectionStart).match(BEGUN)?.[1].toLowerCase();
    const begins = (name) => [name, ...name.split(" ")].some((part) => part.toLowerCase().startsWith(begun));
    // The first word tells: what follows a name may be any other.
    const word = begun?.match(/^[\p{L}\p{M}'’-]+/u)?.[0];
    none.textContent = word && !parts.some((part) => part.startsWith(word)) ? field.dataset.namesNone : "";
    const fitting = begun === undefined ? [] : names.filter(begins).slice(0, MOST);
    if (!fitting.length || fitting.some((name) => name.toLowerCase() === begun)) { close(); return; }
    from = field.selectionStart - begun.length;
    list.replaceChildren(...fitting.map(optionOf));
    list.hidden = false;
    mark(at = 0);
  };

  // One space follows a name that was taken; whoever types it, too, goes on behind it.
  const take = (option) => {
    field.setRangeText(option.textContent, from, field.selectionStart, "end");
    const end = field.selectionStart;
    if (field.value[end] !== " ") field.setRangeText(" ", end, end);
    field.setSelectionRange(end + 1, end + 1);
    spaced = end + 1;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  };

  field.addEventListener("beforeinput", (event) => {
    const isAgain = event.data === " " && field.selectionStart === spaced && field.selectionEnd === spaced;
    spaced = -1;
    if (isAgain) event.preventDefault();
  });

  field.addEventListener("input", offer);
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => { if (event.target !== list) take(event.target); });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing || event.shiftKey) return;
    const deeds = { ArrowDown: () => mark(1), ArrowUp: () => mark(-1), Enter: () => take(list.children[at]), Escape: close };
    const deed = deeds[event.key === "Tab" ? "Enter" : event.key];
    if (deed) { event.preventDefault(); deed(); }
  });
}
