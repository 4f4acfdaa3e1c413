// Keeps in its tab what was typed into form[data-begun] and not sent, until it is: the form holds it again when its page
// is opened again. The id of the form is what it is kept by, with [data-by], its author: on a shared computer it is nobody
// else's. [data-begun] is "tried" where the server has filled the form with what it refused, and "given" where with what
// was chosen on another page: either goes before what was kept. [data-mark] says on the button of a form, where it has one,
// and on the one that folds it away, that it is begun; [data-again] says so in the form, with a button that empties it.
// What was sent is let go once [data-done] lists it: the lines by its author that say that such a form was done, each with
// its case, its revision and its words, if known. A form without it is let go on the page of its case that says what was
// done. Words that were begun on a case of [data-also], which was merged into this one, go on here, once nothing else is
// begun, and back to that case once it stands alone again. Chosen files cannot be kept. Without this script what was typed is lost when its page is left; so it is where the browser keeps
// nothing: its store may be forbidden, or full.
"use strict";
const inTab = (deed, otherwise = null) => { try { return deed(sessionStorage); } catch { return otherwise; } };
const read = (place) => inTab((store) => JSON.parse(store.getItem(place)));
// As words are kept: without the signs that turn their direction.
const flat = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "").replace(/\s+/g, " ").trim();
const forget = (place) => inTab((store) => store.removeItem(place));
const put = (place, kept) => inTab((store) => { store.setItem(place, JSON.stringify(kept)); return true; });
// Forms that the page of a mediation holds no more are let go with those that it still does.
const saysDone = document.querySelector(".flash [role=status]"), ofCase = location.pathname.match(/\/cases\/([^/]+)/)?.[1];
if (saysDone && ofCase && !document.querySelector("form[data-done]")) for (const place of inTab(Object.keys, [])) {
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
  let from = null; // where the words were begun, if on another case

  const tell = (isBegun) => {
    if (act) act.querySelector("summary [data-mark]").hidden = !isBegun;
    if (further) further.querySelector("summary [data-mark]").hidden = !further.querySelector(".act [data-mark]:not([hidden])");
  };
  const keep = (isSent) => {
    const values = typed(form), isBegun = isTried || JSON.stringify(values) !== JSON.stringify(typed(blank));
    // What cannot be kept as it is now is not offered as it was before: that may have been sent since.
    const isKept = isBegun && put(place, { values, isSent, revision, from });
    if (!isKept) { forget(place); from = null; }
    tell(isBegun);
  };
  const fill = (values) => {
    for (const field of fieldsOf(form)) field[part(field)] = values[nameOf(field)] ?? field[part(field)];
    keep(false);
  };

  const name = form.dataset.done ? form.id.slice(ofCase.length + 1) : "", done = JSON.parse(form.dataset.done ?? "[]");
  const isDone = (one, ref) => one.isSent && done.some(([of, at, words]) => of === ref && at > one.revision
    && (words === null || flat(words) === flat(one.values[`${name}-text`] ?? "")));
  const offer = (one) => { from = one.from ?? null; fill(one.values); again.hidden = false; };

  // Words alone: what was chosen of another case need not be there to choose.
  const merged = form.querySelector("textarea") ? (form.dataset.also ?? "").split(" ").filter(Boolean) : [];
  const elsewhere = merged.map((ref) => [`begun ${ref}-${name} ${form.dataset.by}`, ref]);
  const takeUp = () => {
    for (const [other, ref] of elsewhere) if (read(other) && isDone(read(other), ref)) forget(other);
    const begunThere = elsewhere.map(([other]) => other).find((other) => read(other));
    const lent = inTab(Object.keys, []).find((each) => each.startsWith("begun ") && read(each)?.from === place && !read(each).isSent);
    const source = begunThere ?? lent;
    if (!source) return;
    const one = read(source);
    forget(source);
    offer({ values: one.values, from: begunThere ? one.from ?? source : null });
  };

  let kept = read(place);
  if (kept && (form.dataset.done ? isDone(kept, ofCase) : kept.isSent && saysDone)) { forget(place); kept = null; }
  // The case where they were begun stands alone again.
  if (kept?.from && !elsewhere.some(([other]) => other === kept.from) && !read(kept.from)
    && put(kept.from, { ...kept, isSent: false, from: null })) { forget(place); kept = null; }
  if (form.dataset.begun) keep(false);
  else if (kept) offer(kept);
  else takeUp();
  for (const change of ["input", "change"]) form.addEventListener(change, () => keep(false));
  form.addEventListener("submit", () => keep(true));
  again.querySelector("button").addEventListener("click", () => { fill(typed(blank)); again.hidden = true; fieldsOf(form)[0].focus(); });
}
