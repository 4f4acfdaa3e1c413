// Keeps a draft in its tab from when it is typed or tried until it ends, and offers it where the page opens without it.
// The page says everything by attributes: form[data-draft] has an id to keep it by and [data-by] its author; "tried" is
// one that was sent, "published" one that has ended; [data-kept] is the offer with its buttons [data-take], [data-drop].
// Without this script a draft is lost when its page is left.
"use strict";
for (const form of document.querySelectorAll("form[data-draft]")) {
  const offer = document.querySelector("[data-kept]");
  const fields = () => [...form.elements].filter((each) => each.name && each.type !== "submit" && each.name !== "csrf_token");
  const typed = () => JSON.stringify(Object.fromEntries(fields().map((each) => [each.name, each.value])));
  const place = `${form.id} ${form.dataset.by}`;
  const keep = () => { sessionStorage.setItem(place, typed()); offer.hidden = true; };
  const drop = () => { sessionStorage.removeItem(place); offer.hidden = true; };
  const kept = sessionStorage.getItem(place);

  const take = () => {
    const values = JSON.parse(kept);
    for (const field of fields()) field.value = values[field.name] ?? field.value;
    form.requestSubmit([...form.elements].find((each) => each.type === "submit"));
  };

  if (form.dataset.draft === "published") {
    const here = new URL(location); // loaded again, this page has published nothing
    here.searchParams.delete("published");
    history.replaceState(null, "", here);
  }
  if (form.dataset.draft === "tried") keep();
  else if (form.dataset.draft === "published" || kept === typed()) drop();
  else offer.hidden = kept === null;
  form.addEventListener("input", () => { if (offer.hidden) keep(); }); // what is on offer is not overwritten unasked
  offer.querySelector("[data-take]").addEventListener("click", take);
  offer.querySelector("[data-drop]").addEventListener("click", drop);
}
