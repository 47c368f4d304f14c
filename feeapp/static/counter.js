// The counter: what is ticked, what is due, what comes back. Whole fen only; the server decides, this only shows.
"use strict";

(() => {
  const form = document.querySelector("[data-counter]");
  if (!form) return;
  const all = (selector) => [...form.querySelectorAll(selector)];
  const cash = form.querySelector("[data-cash]");
  const write = (fen) => {
    const yuan = String(Math.floor(fen / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${yuan}.${String(fen % 100).padStart(2, "0")}`;
  };
  const read = (typed) => {
    const found = /^\s*¥?\s*([\d,]+)(?:\.(\d{1,2}))?\s*$/.exec(typed.normalize("NFKC"));
    return found ? Number(found[1].replaceAll(",", "")) * 100 + Number((found[2] || "0").padEnd(2, "0")) : 0;
  };
  const show = (selector, text) => all(selector).forEach((place) => { place.textContent = text; });

  let untouched = true;
  const reckon = () => {
    const ticked = all("[name=items]:checked");
    const due = ticked.reduce((sum, box) => sum + Number(box.dataset.fen), 0);
    const other = all("[data-tender]").reduce((sum, field) => sum + read(field.value), 0);
    // Until somebody types into it, the cash field holds what the other ways leave to be paid.
    if (untouched) cash.value = due > other ? write(due - other).replaceAll(",", "") : "";
    const given = read(cash.value) + other;
    show("[data-count]", String(ticked.length));
    show("[data-due]", write(due));
    const keep = form.querySelector("[data-keep]").checked;
    show("[data-change]", write(keep ? 0 : Math.max(0, given - Math.max(due, other))));
    show("[data-ahead]", write(keep ? Math.max(0, given - due) : 0));
    show("[data-left]", write(Math.max(0, due - given)));
  };

  cash.addEventListener("input", () => { untouched = false; });
  form.addEventListener("input", reckon);
  form.addEventListener("change", reckon);
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2") {
      event.preventDefault();
      cash.focus();
      cash.select();
    }
  });
  untouched = !form.parentElement.querySelector(".errors");
  reckon();
  cash.select();
})();
