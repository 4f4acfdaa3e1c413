// The menu of the frame closes as menus do: by Escape, which gives the focus back, and as soon as one goes on elsewhere.
// Without this script it closes by its own button. Whoever signs out takes along what their tab keeps of what was typed:
// the server's answer says so too (Clear-Site-Data), but browsers hear that over https alone.
"use strict";
{
  const openMenu = () => document.querySelector("details.more[open]");

  document.addEventListener("keydown", (event) => {
    const menu = openMenu();
    if (event.key !== "Escape" || !menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  for (const going of ["pointerdown", "focusin"]) document.addEventListener(going, (event) => {
    const menu = openMenu();
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  document.querySelector('form[action$="/sign-out"]')?.addEventListener("submit", () => {
    try { sessionStorage.clear(); } catch { /* a store that is forbidden holds nothing */ }
  });
}
