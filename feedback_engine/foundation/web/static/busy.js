// Says that a slow form is at work: the pressed button of form[data-busy] reads what that says, and cannot be pressed
// again until the page comes, or is come back to. Where the button is hidden, as the one that Enter presses may be, the
// first one inside the form says it. A button with an address of its own does something else, and stays as it is.
// Without this script a form is sent in silence.
"use strict";
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const pressed = event.submitter;
    if (pressed?.hasAttribute("formaction")) return;
    const button = pressed && !pressed.hidden ? pressed : form.querySelector("button:not([type=button])");
    const words = button.textContent;
    const rest = () => { button.disabled = false; button.textContent = words; };
    // Afterwards: what is sent is read from the form once this event is over, and a disabled button sends no value.
    setTimeout(() => { button.disabled = true; button.textContent = form.dataset.busy; });
    addEventListener("pageshow", rest, { once: true });
  });
}
