// Keys of a page with a list of rows and with deeds. The page says everything by attributes: [data-row] is a row with a
// link, [data-key] is pressed, opened or focused by its key, [data-bulk] holds deeds on the selected rows, [data-merging]
// says why those do not become one, [data-tally] how many of them have the attribute it names, [data-fades] is offered
// as long as it is taken: a minute, or the seconds that it names. [data-further] holds deeds folded away. [data-opens] are
// the keys of deeds that only the page [data-page] of a row has: there the form is opened at once. [data-one] names the
// selected row where it is the only one. The row [aria-current] is that of the page beside the list, if it is one's.
// Without this script the page works by its links and forms.
"use strict";
{
  const TAKEN_MS = 58_000, TICK_MS = 250, FOLLOWING = "rows-to-go-on-with";
  // The store of a tab may be forbidden, or full: then one goes on at the top.
  const inTab = (deed) => { try { return deed(sessionStorage); } catch { return null; } };
  const singleKeys = document.currentScript.dataset.keys === "on";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (part) => part.getClientRects().length > 0;
  const rows = () => all("[data-row]").filter(isShown);
  const linkOf = (row) => row.querySelector("a");
  const boxOf = (row) => row.querySelector("input[name=pick]");
  const fieldOf = (details) => details.querySelector("input:not([type=hidden]), select, textarea");
  const picked = () => all("input[name=pick]:checked");
  const isBeside = Boolean(document.querySelector(".inbox.open")), opened = document.querySelector("[data-row][aria-current]");
  let current = opened;
  let pickedForDeed = null;

  // ---- rows

  // Beside a list the keys are about what is open: one moves by opening, lest a row be framed to which no key does a thing.
  const goTo = (row) => { current = row; if (isBeside) linkOf(row).click(); else linkOf(row).focus(); };

  const move = (step) => {
    const list = isBeside ? all("[data-row]") : rows(), at = list.indexOf(current);
    if (isBeside && list[at + step] === undefined && at >= 0) return;
    if (list.length) goTo(list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)]);
  };

  // Two rows of one company become one case; anything else is said beside the button that stands disabled for it.
  const whyApart = (words) => {
    const chosen = picked().map((box) => box.closest("[data-row]").dataset);
    if (chosen.length !== 2) return words.two;
    if (chosen[0].company !== chosen[1].company) return words.partners;
    return chosen[0].apart ?? chosen[1].apart ?? "";
  };

  const tellMerging = (part, count) => {
    const why = count ? whyApart(part.dataset) : "";
    part.textContent = why && part.dataset.merging.replace("{why}", why);
    document.querySelector(`[aria-describedby="${part.id}"]`).disabled = Boolean(why);
  };

  const tellTally = (part) => {
    const count = picked().filter((box) => part.dataset.tally in box.closest("[data-row]").dataset).length;
    part.textContent = count ? part.dataset.told.replace("{n}", count) : "";
    part.hidden = !count;
  };

  const tellPicked = (words, count) => {
    if (count !== 1) return count ? words.count.replace("{n}", count) : words.none;
    const row = picked()[0].closest("[data-row]");
    return words.one.replace("{case}", `${row.dataset.row} ${linkOf(row).textContent}`);
  };

  // The deeds keep their place, so that no row moves as the first is selected; they wait until then.
  const tellCount = () => {
    const count = picked().length;
    for (const part of all("[data-count]")) part.textContent = tellPicked(part.dataset, count);
    for (const part of all("[data-bulk] > .row")) part.inert = !count;
    for (const part of all("[data-tally]")) tellTally(part);
    for (const part of all("[data-merging]")) tellMerging(part, count);
    for (const box of all("[data-all]")) box.checked = count > 0 && count === all("input[name=pick]").length;
  };

  const pick = (box, on) => { box.checked = on; tellCount(); };

  // ---- keys

  // A form begins at the top of the screen where it would else run on below: in the hand always, at a desk if it must.
  const show = (details) => {
    const summary = details.querySelector("summary"), end = details.querySelector("summary + *").getBoundingClientRect().bottom;
    if (!details.closest(".detail")) return;
    if (matchMedia("(pointer: coarse)").matches || end > innerHeight) summary.scrollIntoView({ block: "start" });
  };

  const press = (part) => {
    const further = part.closest("[data-further]");
    if (further) further.open = true;
    if (part.closest("[data-bulk]") && !picked().length) {
      if (!current || !boxOf(current)) move(1);
      if (!current || !boxOf(current)) return;
      pickedForDeed = boxOf(current);
      pick(pickedForDeed, true);
    }
    if (part.matches("input")) { part.focus(); part.select(); return; }
    if (!part.matches("summary")) { part.click(); return; }
    part.parentElement.open = true;
    fieldOf(part.parentElement)?.focus();
    show(part.parentElement);
  };

  const leave = (details) => {
    details.open = false;
    if (pickedForDeed) pick(pickedForDeed, false);
    pickedForDeed = null;
    if (details.closest("[data-bulk]") && current) goTo(current);
    else details.querySelector("summary").focus();
  };

  const partOf = (key) => all("[data-key]").find((each) => each.dataset.key === key && (isShown(each) || each.closest("[data-bulk], [data-further]")));

  const openFor = (row, key) => {
    const page = row?.closest("[data-opens]")?.dataset.opens.includes(key) && row.dataset.page;
    if (page) location.assign(`${page}#key-${key}`);
    return Boolean(page);
  };

  const act = (key) => {
    if (key === "j" || key === "k") { move(key === "j" ? 1 : -1); return true; }
    if (key === "x") {
      if (!current) move(1);
      const box = current && boxOf(current);
      if (box) pick(box, !box.checked);
      return Boolean(box);
    }
    // A row beside what is open is framed where one came to it by Tab: then the key is meant for its page.
    const framed = isBeside && document.activeElement.closest("[data-row]:not([aria-current])");
    if (framed && openFor(framed, key)) return true;
    const part = partOf(key);
    if (part) press(part);
    return Boolean(part) || openFor(current, key);
  };

  const isTyping = (part) => part.matches("input:not([name=pick], [data-all]), select, textarea") || part.isContentEditable;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const open = event.target.closest("details.act[open]");
    if (event.key === "Escape" && open) { leave(open); return; }
    // Left to the browser, Enter would press the first button of the whole form, which is none of this deed.
    if (event.key === "Enter" && open?.closest("[data-bulk]") && isTyping(event.target)) {
      event.preventDefault();
      open.querySelector("button").click();
      return;
    }
    // On many keyboards a sign needs Shift, a letter never does.
    const shifted = event.shiftKey && event.key !== "?" && event.key !== "/";
    // Where a form is open, letters are meant for it, wherever in it the focus is.
    if (!singleKeys || shifted || open || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (act(event.key.toLowerCase())) event.preventDefault();
  });

  // Whoever opens a form by mouse goes on by typing, at once; a finger would be shown a keyboard over the form.
  document.addEventListener("click", (event) => {
    const details = event.target.closest("details.act > summary")?.parentElement;
    if (!details || event.defaultPrevented) return;
    event.preventDefault();
    details.open = !details.open;
    if (!details.open) return;
    if (event.detail && matchMedia("(pointer: fine)").matches) fieldOf(details)?.focus();
    show(details);
  });

  // Which form is open is told to those who do not see it, too.
  const tellOpen = (details) => details.querySelector("summary").setAttribute("aria-expanded", details.open);
  all("details.act").forEach(tellOpen);
  document.addEventListener("toggle", (event) => { if (event.target.matches("details.act")) tellOpen(event.target); }, true);

  // A row to which one comes by key is read whole, above the deeds; under the pointer no row moves.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    current = row ?? current;
    if (row && event.target.matches(":focus-visible")) row.scrollIntoView({ block: "nearest" });
  });

  // ---- selecting, and going on where one was

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of all("input[name=pick]")) box.checked = event.target.checked;
    pickedForDeed = null;
    tellCount();
  });

  const remember = () => {
    const list = rows(), at = Math.max(list.indexOf(current), 0);
    const following = [...list.slice(at), ...list.slice(0, at).reverse()].filter((row) => !boxOf(row)?.checked);
    inTab((store) => store.setItem(FOLLOWING, JSON.stringify(following.map((row) => row.dataset.row))));
  };

  const goOn = () => {
    const following = inTab((store) => JSON.parse(store.getItem(FOLLOWING))) ?? [];
    inTab((store) => store.removeItem(FOLLOWING));
    const ref = following.find((each) => rows().some((row) => row.dataset.row === each));
    if (ref) goTo(rows().find((row) => row.dataset.row === ref));
  };

  // What Enter presses outside of every deed sends nothing.
  const remembers = (event) => { if (event.submitter?.formMethod !== "dialog") remember(); };
  for (const form of all("[data-deeds]")) form.addEventListener("submit", remembers);

  // ---- what is offered for a while

  const fade = (part) => {
    const whole = part.dataset.fades ? part.dataset.fades * 1000 : TAKEN_MS;
    let left = whole;
    part.dataset.running = `${Math.round(whole / 1000)} s`;
    const timer = setInterval(() => {
      left -= TICK_MS;
      part.style.setProperty("--left", Math.max(left, 0) / whole);
      if (left > 0) return;
      clearInterval(timer);
      part.remove();
    }, TICK_MS);
  };

  all("[data-fades]").forEach(fade);
  // On a phone the views are one row that scrolls: the one that is open is in sight, and those that follow it.
  const showView = () => document.querySelector(".views li:has([aria-current])")?.scrollIntoView({ block: "nearest", inline: "start" });
  showView();
  addEventListener("resize", showView);
  // The row of what is open is in sight in its list, and the page itself stays at its top.
  const list = opened?.closest(".list");
  if (list) list.scrollTop += Math.max(opened.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom, 0);
  // A form that the address opened is gone on in, as one that a key opened.
  const standing = document.querySelector(".detail details.act[open]");
  if (standing && !document.querySelector("main [role=alert]") && matchMedia("(pointer: fine)").matches) (fieldOf(standing) ?? standing.querySelector("button"))?.focus();
  for (const part of all(".all[hidden]")) part.hidden = false;
  for (const button of all("[data-help]")) {
    button.hidden = !singleKeys;
    button.addEventListener("click", () => document.getElementById("keys").showModal());
  }
  tellCount();
  // What is to be mended comes first; where a part was done, the whole is read together: what was done and what was not
  // stand at the top, and the form that would mend it at the lower edge. In the hand, what was done is read next; at a desk
  // one goes on with the next row.
  const wrong = document.querySelector("[data-bulk] details[open] [aria-invalid]"), outcome = document.querySelector(".outcome");
  const inHand = matchMedia("(pointer: coarse)").matches, wasDone = Boolean(outcome?.querySelector(".toast:not(.earlier)"));
  if (wrong && !(inHand && wasDone)) {
    wrong.focus({ preventScroll: true });
    // The deeds cannot stand above their list: at the top of the page the button of a long form would be out of sight.
    if (!wasDone) wrong.closest("details").querySelector("button").scrollIntoView({ block: "center" });
  } else if (inHand) outcome?.focus();
  else if (document.querySelector("[data-deeds]")) goOn();
  // The key that was pressed on the row of this case: it opens a form, and does nothing by itself, whoever made the link.
  const asked = singleKeys && location.hash.match(/^#key-(\w)$/)?.[1], form = asked && partOf(asked);
  if (asked) history.replaceState(history.state, "", location.pathname + location.search);
  if (form?.matches("summary")) press(form);
}
