// Keeps a draft in its tab from when it is typed or tried until it ends, and offers it where the page opens without it.
// The page says everything by attributes: form[data-draft] has an id to keep it by, and "tried" is one that was sent;
// [data-kept] is the offer with its buttons [data-take] and [data-drop], and [data-ends] the button that ends a draft.
// Without this script a draft is lost when its page is left.
"use strict";
for (const form of document.querySelectorAll("form[data-draft]")) {
  const offer = document.querySelector("[data-kept]");
  const fields = () => [...form.elements].filter((each) => each.name && each.type !== "submit" && each.name !== "csrf_token");
  const typed = () => JSON.stringify(Object.fromEntries(fields().map((each) => [each.name, each.value])));
  const keep = () => { sessionStorage.setItem(form.id, typed()); offer.hidden = true; };
  const drop = () => { sessionStorage.removeItem(form.id); offer.hidden = true; };
  const kept = sessionStorage.getItem(form.id);

  const take = () => {
    const values = JSON.parse(kept);
    for (const field of fields()) field.value = values[field.name] ?? field.value;
    form.requestSubmit([...form.elements].find((each) => each.type === "submit"));
  };

  if (form.dataset.draft === "tried") keep();
  else if (kept === typed()) drop();
  else offer.hidden = kept === null;
  form.addEventListener("input", keep);
  form.addEventListener("submit", (event) => { if (event.submitter?.hasAttribute("data-ends")) drop(); });
  offer.querySelector("[data-take]").addEventListener("click", take);
  offer.querySelector("[data-drop]").addEventListener("click", drop);
}
