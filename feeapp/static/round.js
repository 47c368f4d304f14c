// A round of readings: Enter leads to the next figure, and after the last one sends what was typed.
"use strict";

(() => {
  const form = document.querySelector("[data-round]");
  if (!form) return;
  const steps = () => [...form.querySelectorAll("[data-step]")];
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-step]")) return;
    event.preventDefault();
    const next = steps()[steps().indexOf(event.target) + 1];
    if (next) next.select();
    else form.requestSubmit();
  });
  const first = form.querySelector("[aria-invalid]") || steps()[0];
  if (first) first.focus();
})();
