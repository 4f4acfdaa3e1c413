// Keeps a draft in its tab from when it is typed or tried until it ends, and offers it where the page opens without it.
// The page says everything by attributes: form[data-draft] has an id to keep it by and [data-by] its author; "tried" is
// one that was sent, "ended" says that it was published or dropped; [data-of-tried] holds for no other draft than the one
// that was sent.
// [data-kept] is the offer with its buttons [data-take], [data-drop], and [data-newer], said of a draft of another version.
// What is on offer is kept apart from what is typed beside it. Without this script a draft is lost when its page is left.
"use strict";
const MOST_LEFT = 3;
// The store may be forbidden, or full: then a draft lives as long as its page.
const inTab = (deed) => { try { return deed(sessionStorage); } catch { return null; } };
for (const form of document.querySelectorAll("form[data-draft]")) {
  const offer = document.querySelector("[data-kept]");
  const fields = () => [...form.elements].filter((each) => each.name && each.type !== "submit" && each.name !== "csrf_token");
  const typed = () => JSON.stringify(Object.fromEntries(fields().map((each) => [each.name, each.value])));
  const place = `${form.id} ${form.dataset.by}`;
  const shelf = `${place} left`;
  const left = () => inTab((store) => JSON.parse(store.getItem(shelf))) ?? [];
  const opened = typed();
  const isTried = form.dataset.draft === "tried";

  const leave = (drafts) => {
    inTab((store) => store.setItem(shelf, JSON.stringify(drafts.slice(-MOST_LEFT))));
    offer.hidden = drafts.length === 0;
    const isNewer = drafts.length > 0 && JSON.parse(drafts.at(-1)).version !== form.elements.version.value;
    offer.querySelector("[data-newer]").hidden = !isNewer;
  };
  const take = () => {
    const drafts = left();
    const values = JSON.parse(drafts.pop());
    if (isTried || typed() !== opened) drafts.push(typed());
    for (const field of fields()) field.value = values[field.name] ?? field.value;
    inTab((store) => store.setItem(place, typed()));
    leave(drafts);
    form.requestSubmit([...form.elements].find((each) => each.type === "submit"));
  };
  const note = () => {
    inTab((store) => store.setItem(place, typed()));
    for (const each of document.querySelectorAll("[data-of-tried]")) each.hidden = typed() !== opened;
  };

  if (form.dataset.draft === "ended") {
    const here = new URL(location); // loaded again, this page has ended nothing
    for (const each of ["published", "dropped"]) here.searchParams.delete(each);
    history.replaceState(null, "", here);
    inTab((store) => store.removeItem(place));
  }
  const mine = inTab((store) => store.getItem(place));
  const others = left().filter((each) => each !== mine && each !== opened);
  if (isTried) inTab((store) => store.setItem(place, opened));
  else inTab((store) => store.removeItem(place));
  leave(isTried || mine === null || mine === opened ? others : [...others, mine]);
  form.addEventListener("input", note);
  offer.querySelector("[data-take]").addEventListener("click", take);
  offer.querySelector("[data-drop]").addEventListener("click", () => leave(left().slice(0, -1)));
}
