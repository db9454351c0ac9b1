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

  // Asks the outbox, which says that it did something by cancelling.
  const isDone = (wish) => !document.dispatchEvent(new CustomEvent(wish, { cancelable: true }));

  const undoKey = () => document.querySelector("[data-act=undo]")?.dataset.key ?? null;

  const toggleKey = (key) => {
    const details = document.querySelector(`details[data-open-key="${CSS.escape(key)}"]`);
    if (!details) return false;
    details.open = !details.open;
    const field = details.querySelector("input:not([type=hidden]), form .button");
    if (details.open && field) field.focus();
    else details.querySelector("summary").focus();
    return true;
  };

  // The key without its modifiers; null where the browser means something else by it.
  const keyOf = (event) => {
    const pressed = (event.key || "").toLowerCase();
    if (event.altKey) return null;
    if (event.ctrlKey || event.metaKey) return pressed === "z" ? undoKey() : null;
    return pressed;
  };

  // In a field of another form than the judgement's, a reason for skipping say, nothing is sent.
  const sendByKey = (event) => {
    event.preventDefault();
    const isElsewhere = isTyping(event.target) && !event.target.closest("form[data-main]");
    if (event.repeat || isElsewhere || document.querySelector("dialog[open]")) return;
    document.dispatchEvent(new CustomEvent("harken:send"));
  };

  // What waits to be sent is taken back before anything else is undone.
  const isTakenBack = (key) => (key === "escape" && isDone("harken:let-go")) || (key === undoKey() && isDone("harken:take-back"));

  document.addEventListener("keydown", (event) => {
    lastInput = performance.now();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return sendByKey(event);
    if (isTyping(event.target)) return event.key === "Escape" ? event.target.blur() : undefined;
    const key = keyOf(event);
    if (key === null || event.repeat || document.querySelector("dialog[open]")) return;
    if (isTakenBack(key) || clickKey(key) || toggleKey(key)) event.preventDefault();
  });

  for (const kind of ["pointermove", "pointerdown", "scroll", "wheel"]) {
    document.addEventListener(kind, () => { lastInput = performance.now(); }, { passive: true });
  }

  // Flagged text is veiled until somebody asks for it.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reveal]")) {
      document.querySelector(".veiled")?.classList.remove("veiled");
      document.querySelector("[data-warning]")?.remove();
    }
    if (event.target.closest("[data-pause-done]")) {
      sittingSince = performance.now();
      document.querySelector("[data-pause]").hidden = true;
    }
  });

  // A sitting ends with five minutes without input; within one, a pause is proposed once its time has come.
  const SITTING_ENDS_MS = 300_000;
  let sittingSince = performance.now();
  const remindOfPause = () => {
    const now = performance.now();
    if (now - lastInput > SITTING_ENDS_MS) sittingSince = now;
    const minutes = Number(document.querySelector("[data-desk]")?.dataset.pauseMinutes || 0);
    const note = document.querySelector("[data-pause]");
    if (note && minutes && now - sittingSince > minutes * 60_000) note.hidden = false;
  };

  // Active time: the page is visible and there was input within the last half minute.
  const noteActiveTime = () => {
    const now = performance.now();
    if (!document.hidden && now - lastInput < IDLE_AFTER_MS) activeMs += now - lastTick;
    lastTick = now;
    for (const field of document.querySelectorAll("[data-active-time]")) field.value = Math.round(activeMs);
    remindOfPause();
  };
  setInterval(noteActiveTime, 250);
  // Before anybody reads the form: a quick choice has a time too.
  document.addEventListener("submit", noteActiveTime, { capture: true });

  const beginAnew = () => {
    activeMs = 0;
    lastTick = lastInput = performance.now();
    window.scrollTo({ top: 0 });
  };
  // What a person opened or closed stays so from task to task: the guideline, for one.
  const KEPT_OPEN = "harken.open.";
  const keepOpen = () => {
    for (const details of document.querySelectorAll("details[data-kept-open]")) {
      try {
        const kept = localStorage.getItem(KEPT_OPEN + details.dataset.keptOpen);
        if (kept !== null) details.open = kept === "1";
      } catch { /* it is as the server sent it */ }
    }
  };
  document.addEventListener("toggle", (event) => {
    const name = event.target.dataset?.keptOpen;
    try { if (name) localStorage.setItem(KEPT_OPEN + name, event.target.open ? "1" : "0"); } catch { /* not kept */ }
  }, { capture: true });
  keepOpen();

  document.addEventListener("harken:desk", () => { keepOpen(); beginAnew(); });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.closest("[data-desk]")) { keepOpen(); beginAnew(); } });

  setInterval(() => {
    const task = document.querySelector("[data-heartbeat]");
    if (!task || document.hidden) return;
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    fetch(task.dataset.heartbeat, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
  }, HEARTBEAT_MS);
})();
