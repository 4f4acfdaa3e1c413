// The menu of the frame closes as menus do: by Escape, which gives the focus back, and as soon as one goes on elsewhere.
// Without this script it closes by its own button.
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
}
