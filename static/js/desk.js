// Keys, active time and heartbeats of the desk. Everything works without this file; it only makes it faster.
(() => {
  "use strict";

  const IDLE_AFTER_MS = 30_000;
  const HEARTBEAT_MS = 60_000;
  let activeMs = 0;
  let lastTick = performance.now();
  let lastInput = performance.now();

  const isTyping = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") !== null;

  const clickKey = (key) => {
    const button = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
    if (button) button.click();
    return button !== null;
  };

  const toggleKey = (key) => {
    const details = document.querySelector(`details[data-open-key="${CSS.escape(key)}"]`);
    if (!details) return false;
    details.open = !details.open;
    const field = details.querySelector("input:not([type=hidden])");
    if (details.open && field) field.focus();
    else details.querySelector("summary").focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    lastInput = performance.now();
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    if (isTyping(event.target) || event.repeat || event.altKey) return;
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if ((event.ctrlKey || event.metaKey) && !isUndo) return;
    const key = isUndo ? "u" : event.key.toLowerCase();
    if (clickKey(key) || toggleKey(key)) event.preventDefault();
  });

  for (const kind of ["pointermove", "pointerdown", "scroll", "wheel"]) {
    document.addEventListener(kind, () => { lastInput = performance.now(); }, { passive: true });
  }

  // Active time: the page is visible and there was input within the last half minute.
  const noteActiveTime = () => {
    const now = performance.now();
    if (!document.hidden && now - lastInput < IDLE_AFTER_MS) activeMs += now - lastTick;
    lastTick = now;
    const field = document.querySelector("[data-active-time]");
    if (field) field.value = Math.round(activeMs);
  };
  setInterval(noteActiveTime, 250);
  // Before anybody reads the form: a quick choice has a time too.
  document.addEventListener("submit", noteActiveTime, { capture: true });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.target.closest("[data-desk]") && !document.querySelector("[data-desk]")) return;
    activeMs = 0;
    lastTick = lastInput = performance.now();
    window.scrollTo({ top: 0 });
  });

  // A choice that could not be sent stays visible, and may be sent again under the same key: it counts once.
  for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.closest("form");
      if (form) form.classList.add("unsent");
    });
  }

  setInterval(() => {
    const task = document.querySelector("[data-heartbeat]");
    if (!task || document.hidden) return;
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    fetch(task.dataset.heartbeat, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
  }, HEARTBEAT_MS);
})();
