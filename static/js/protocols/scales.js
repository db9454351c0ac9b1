// Rows of choices by keys: digits choose in the marked row and go on, J and K go from row to row.
// Every row is a group of radio buttons that works without this file.
(() => {
  "use strict";

  const isTyping = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") !== null;
  const rowsOf = (place) => [...place.querySelectorAll("[data-row]")].filter((row) => !row.disabled);
  const checkedIn = (row) => row.querySelector("input[type=radio]:checked");

  const mark = (place, row) => {
    for (const each of place.querySelectorAll("[data-current]")) delete each.dataset.current;
    if (row) row.dataset.current = "";
  };
  const current = (place) => place.querySelector("[data-current]") || rowsOf(place)[0];

  const goTo = (place, row) => {
    if (!row) return;
    mark(place, row);
    (checkedIn(row) || row.querySelector("input[type=radio]")).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const goBy = (place, step) => {
    const rows = rowsOf(place);
    goTo(place, rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(current(place)) + step))]);
  };

  // Where the first difference decides, nothing after it is asked, and what is before it must be answered.
  const keepUntilDecided = (place) => {
    if (!("untilDecided" in place.dataset)) return;
    let isDecided = false;
    for (const row of place.querySelectorAll("[data-row]")) {
      row.disabled = isDecided;
      row.classList.toggle("is-idle", isDecided);
      const chosen = checkedIn(row);
      for (const radio of row.querySelectorAll("input[type=radio]")) radio.required = !isDecided;
      if (chosen && chosen.value !== place.dataset.untilDecided) isDecided = true;
    }
  };

  const press = (place, key) => {
    const row = current(place);
    const radio = row?.querySelector(`input[data-press="${CSS.escape(key)}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    const rows = rowsOf(place);
    const next = rows[rows.indexOf(row) + 1];
    const select = radio.value === "corrected" && row.querySelector("select");
    if (select) select.focus();
    else goTo(place, next || row);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    const place = document.querySelector("[data-rows]");
    if (!place || event.defaultPrevented || isTyping(event.target) || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const isMove = key === "j" || key === "k";
    if (isMove) goBy(place, key === "j" ? 1 : -1);
    if (isMove || press(place, key)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    const place = event.target.closest("[data-rows]");
    if (place) keepUntilDecided(place);
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) mark(row.closest("[data-rows]"), row);
  });

  // Steps of an answer: J and K go through them, a click on the text chooses.
  document.addEventListener("keydown", (event) => {
    const place = document.querySelector("[data-steps]");
    const key = event.key.toLowerCase();
    if (!place || (key !== "j" && key !== "k") || event.defaultPrevented || isTyping(event.target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const radios = [...place.querySelectorAll("input[type=radio]")];
    const at = radios.findIndex((radio) => radio.checked);
    const next = radios[at < 0 ? 0 : Math.min(radios.length - 1, Math.max(0, at + (key === "j" ? 1 : -1)))];
    next.focus();
    next.click();
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (!step || event.target.closest("a, input, label") || !document.getSelection().isCollapsed) return;
    step.querySelector("input").click();
  });

  // What nobody has to say can be unsaid: a second press on the same choice takes it back.
  document.addEventListener("click", (event) => {
    const radio = event.target.closest("[data-optional] input[type=radio]");
    if (!radio) return;
    const wasChosen = radio.dataset.chosen === "yes";
    for (const each of radio.closest("[data-optional]").querySelectorAll("input[type=radio]")) delete each.dataset.chosen;
    if (wasChosen) radio.checked = false;
    else radio.dataset.chosen = "yes";
  });

  // Weaker and stronger: from nothing said, through the three strengths, and back.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-strength-by]");
    if (!button) return;
    const radios = [...button.closest("[data-strengths]").querySelectorAll("input[type=radio]")];
    const at = radios.findIndex((radio) => radio.checked) + Number(button.dataset.strengthBy);
    for (const radio of radios) { radio.checked = false; delete radio.dataset.chosen; }
    const chosen = radios[Math.min(at, radios.length - 1)];
    if (chosen) { chosen.checked = true; chosen.dataset.chosen = "yes"; }
  });

  const begin = () => {
    for (const place of document.querySelectorAll("[data-rows]:not([data-begun])")) {
      place.dataset.begun = "";
      keepUntilDecided(place);
      mark(place, rowsOf(place)[0]);
    }
  };
  for (const kind of ["harken:desk", "harken:filled", "htmx:afterSwap", "DOMContentLoaded"]) document.addEventListener(kind, begin);
  document.addEventListener("harken:filled", () => { document.querySelectorAll("[data-rows]").forEach(keepUntilDecided); });
  begin();
})();
