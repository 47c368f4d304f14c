// What makes the pages quicker: keys, one submit for one press, a question before a danger, menus that close.
// Every page works without it. Words come from the page; this file holds none.
"use strict";

(() => {
  const first = (selector, root = document) => root.querySelector(selector);
  const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

  // ---- one submit for one press -------------------------------------------------------------------------------
  // data-download: the answer is a file, the page stays, so the form may be sent again.
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".is-busy")) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || "download" in form.dataset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const button = event.submitter || first("button:not([type=button])", form);
    if (button) {
      button.classList.add("is-busy");
      button.setAttribute("aria-disabled", "true");
    }
  });

  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

  // ---- a question before a danger -----------------------------------------------------------------------------
  // data-confirm on a submit button holds the question; data-confirm-button the word on the button that goes ahead.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-confirm]");
    const dialog = first("#confirm");
    if (!button || !dialog || !dialog.showModal || button.dataset.confirmed) return;
    event.preventDefault();
    if (!button.form.reportValidity()) return;
    const yes = first("[value=yes]", dialog);
    first("[data-question]", dialog).textContent = button.dataset.confirm;
    yes.textContent = button.dataset.confirmButton || button.textContent.trim();
    yes.classList.toggle("button--danger", button.classList.contains("button--danger"));
    yes.classList.toggle("button--primary", !button.classList.contains("button--danger"));
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return button.focus();
      button.dataset.confirmed = "1";
      button.form.requestSubmit(button);
      delete button.dataset.confirmed;
    };
    dialog.showModal();
  });

  // ---- lists walked with the arrows ---------------------------------------------------------------------------
  // data-rows on a table body or a list; in each child the element marked data-open, or else its first link or tick.
  const handle = (row) => first("[data-open]", row) || first("a[href], input:not([type=hidden]), button, summary", row);

  const handles = (list) => [...list.children].map(handle).filter((each) => each && each.offsetParent);

  const walk = (step) => {
    const here = document.activeElement;
    const list = here.closest("[data-rows]") || first("[data-rows]");
    if (!list) return false;
    const stops = handles(list);
    const row = here.closest("[data-rows] > *");
    const at = row ? stops.indexOf(handle(row)) : -1;
    const next = stops[row ? at + step : step > 0 ? 0 : stops.length - 1];
    if (next) next.focus();
    return Boolean(next);
  };

  const mayWalk = (element) => {
    if (element.matches("[type=radio], [type=date], [type=month], [type=number]")) return false;
    return !isTyping(element) || element.matches("[data-finder], [data-rows] input");
  };

  // ---- keys ---------------------------------------------------------------------------------------------------
  const focusFinder = () => {
    const finder = first("[data-finder]");
    if (finder) finder.select();
    return Boolean(finder);
  };

  const showKeys = () => {
    const dialog = first("#keys");
    if (dialog && dialog.showModal) dialog.showModal();
    return Boolean(dialog);
  };

  const popoverOpen = () => CSS.supports("selector(:popover-open)") && first(":popover-open");

  const goBack = (here) => {
    const open = first("details.drop[open]");
    if (open) {
      open.open = false;
      first("summary", open).focus();
    } else if (isTyping(here)) {
      here.blur();
    } else if (first("a[data-back]")) {
      first("a[data-back]").click();
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    const here = event.target;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (event.defaultPrevented || !plain || first("dialog[open]")) return;
    const deeds = {
      "/": () => !isTyping(here) && focusFinder(),
      "?": () => !isTyping(here) && showKeys(),
      Escape: () => !popoverOpen() && goBack(here),
      ArrowDown: () => !event.shiftKey && mayWalk(here) && walk(1),
      ArrowUp: () => !event.shiftKey && mayWalk(here) && walk(-1),
    };
    if (Object.hasOwn(deeds, event.key) && deeds[event.key]()) event.preventDefault();
  });

  // ---- small comforts -----------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.drop[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    if (event.target.closest("[data-keys]")) showKeys();
    if (event.target.closest("[data-print]")) window.print();
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-send-on-change]")) event.target.form.requestSubmit();
  });

  // Buttons that need this file are hidden until it runs.
  document.querySelectorAll("[data-needs-js]").forEach((element) => element.removeAttribute("hidden"));
})();
