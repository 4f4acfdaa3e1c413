// Keeps in its tab what was typed into form[data-begun] and not sent, until it is: the form holds it again when its page
// is opened again. The id of the form is what it is kept by, with [data-by], its author: on a shared computer it is nobody
// else's. [data-begun] is "tried" where the server has filled the form with what it refused, and "given" where with what
// was chosen on another page: either goes before what was kept. [data-mark] says on the button of a form, where it has one,
// and on the one that folds it away, that it is begun; [data-again] says so in the form, with a button that empties it.
// What was sent is let go on the page of its case that says what was done; where that page never came, once the field
// "revision" of the form says that its case moved on, and the page shows its words: others may have moved it. Words that
// were begun on a case of [data-also], which was merged into this one, go on here, once nothing else is begun. Chosen files
// cannot be kept. Without this script what was typed is lost when its page is left; so it is where the browser keeps
// nothing: its store may be forbidden, or full.
"use strict";
const inTab = (deed, otherwise = null) => { try { return deed(sessionStorage); } catch { return otherwise; } };
const read = (place) => inTab((store) => JSON.parse(store.getItem(place)));
const flat = (text) => text.replace(/\s+/g, " ").trim();
const forget = (place) => inTab((store) => store.removeItem(place));
// Of a case, forms that its page holds no more are let go with those that it still does.
const saysDone = document.querySelector(".flash [role=status]"), ofCase = location.pathname.match(/\/cases\/([^/]+)/)?.[1];
if (saysDone && ofCase) for (const place of inTab(Object.keys, [])) {
  if (place.startsWith(`begun ${ofCase}-`) && read(place)?.isSent) forget(place);
}
for (const form of document.querySelectorAll("form[data-begun]")) {
  const place = `begun ${form.id} ${form.dataset.by}`, isTried = form.dataset.begun === "tried";
  const isBox = (field) => ["checkbox", "radio"].includes(field.type), part = (field) => (isBox(field) ? "checked" : "value");
  const nameOf = (field) => (isBox(field) ? `${field.name} ${field.value}` : field.name);
  const fieldsOf = (one) => [...one.elements].filter((each) => each.name && !["hidden", "file", "submit"].includes(each.type));
  const typed = (one) => Object.fromEntries(fieldsOf(one).map((each) => [nameOf(each), each[part(each)]]));
  const again = form.querySelector("[data-again]"), act = form.closest("details.act"), further = form.closest("[data-further]");
  const revision = Number(form.elements.revision?.value ?? 0), blank = form.cloneNode(true);
  blank.reset();

  const tell = (isBegun) => {
    if (act) act.querySelector("summary [data-mark]").hidden = !isBegun;
    if (further) further.querySelector("summary [data-mark]").hidden = !further.querySelector(".act [data-mark]:not([hidden])");
  };
  const keep = (isSent) => {
    const values = typed(form), isBegun = isTried || JSON.stringify(values) !== JSON.stringify(typed(blank));
    // What cannot be kept as it is now is not offered as it was before: that may have been sent since.
    const isKept = isBegun && inTab((store) => { store.setItem(place, JSON.stringify({ values, isSent, revision })); return true; });
    if (!isKept) forget(place);
    tell(isBegun);
  };
  const fill = (values) => {
    for (const field of fieldsOf(form)) field[part(field)] = values[nameOf(field)] ?? field[part(field)];
    keep(false);
  };

  const isShown = (values) => fieldsOf(form).filter((each) => each.matches("textarea"))
    .every((each) => flat(document.body.textContent).includes(flat(values[nameOf(each)] ?? "")));

  // Words alone: what was chosen of another case need not be there to choose.
  const merged = form.querySelector("textarea") ? (form.dataset.also ?? "").split(" ").filter(Boolean) : [];
  const elsewhere = merged.map((ref) => `begun ${ref}${form.id.slice(ofCase.length)} ${form.dataset.by}`);
  const takeUp = () => {
    const from = elsewhere.find((each) => read(each)?.isSent === false);
    if (from) { fill(read(from).values); forget(from); again.hidden = false; }
  };

  const kept = read(place);
  if (form.dataset.begun) keep(false);
  else if (kept?.isSent && (saysDone || (revision > kept.revision && isShown(kept.values)))) forget(place);
  else if (kept) { fill(kept.values); again.hidden = false; }
  else takeUp();
  for (const change of ["input", "change"]) form.addEventListener(change, () => keep(false));
  form.addEventListener("submit", () => keep(true));
  again.querySelector("button").addEventListener("click", () => { fill(typed(blank)); again.hidden = true; fieldsOf(form)[0].focus(); });
}
