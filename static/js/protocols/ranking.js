// A ranking by hand: drag by the handle, lift with Space and move with the arrows, or press the arrows on screen.
// The numbers are what is sent; without this file they are typed.
(() => {
  "use strict";

  const listOf = (form) => form.querySelector("[data-places]");
  const cardsOf = (form) => [...listOf(form).children];
  const placeOf = (card) => card.querySelector("input[name^=place-]");
  const gripOf = (card) => card.querySelector("[data-grip]");
  const formOf = (target) => target.closest?.("form[data-ranking]");

  // Places from the order: a tied card has the place of the one above it.
  const number = (form) => {
    let place = 0;
    cardsOf(form).forEach((card, at) => {
      const isTied = at > 0 && card.classList.contains("is-tied");
      if (!isTied) place += 1;
      card.classList.toggle("is-tied", isTied);
      const tie = card.querySelector("[data-tie]");
      tie.setAttribute("aria-pressed", String(isTied));
      tie.hidden = at === 0;
      placeOf(card).value = place;
      card.querySelector("[data-move='-1']").disabled = at === 0;
      card.querySelector("[data-move='1']").disabled = at === cardsOf(form).length - 1;
    });
  };

  const say = (form, card) => {
    form.querySelector("[data-said]").textContent = form.dataset.say
      .replace("{letter}", card.dataset.answer)
      .replace("{place}", placeOf(card).value)
      .replace("{count}", cardsOf(form).length);
  };

  const touched = (form, card) => {
    form.dataset.touched = "";
    form.querySelector("[data-unmoved]").hidden = true;
    number(form);
    say(form, card);
    placeOf(card).dispatchEvent(new Event("change", { bubbles: true }));
  };

  const moveTo = (form, card, at) => {
    const cards = cardsOf(form);
    const from = cards.indexOf(card);
    const to = Math.max(0, Math.min(cards.length - 1, at));
    if (to === from) return;
    // Whoever was tied with the card that leaves stays in the tie with what is above.
    const below = cards[from + 1];
    if (below && !card.classList.contains("is-tied")) below.classList.remove("is-tied");
    card.classList.remove("is-tied");
    listOf(form).insertBefore(card, to > from ? cards[to].nextSibling : cards[to]);
    // Put between two that tie, it ties with both.
    if (card.nextElementSibling?.classList.contains("is-tied")) card.classList.add("is-tied");
    touched(form, card);
  };

  const moveBy = (form, card, step) => moveTo(form, card, cardsOf(form).indexOf(card) + step);

  const toggleTie = (form, card) => {
    if (cardsOf(form).indexOf(card) === 0) return;
    card.classList.toggle("is-tied");
    touched(form, card);
  };

  const lift = (card, isLifted) => {
    gripOf(card).setAttribute("aria-pressed", String(isLifted));
    card.classList.toggle("is-lifted", isLifted);
  };

  // The order from the numbers: somebody typed one, or a draft came back.
  const sortByNumbers = (form) => {
    const cards = cardsOf(form);
    if (cards.some((card) => !(Number(placeOf(card).value) >= 1))) return;
    const sorted = [...cards].sort((one, other) => Number(placeOf(one).value) - Number(placeOf(other).value));
    sorted.forEach((card, at) => {
      card.classList.toggle("is-tied", at > 0 && placeOf(card).value === placeOf(sorted[at - 1]).value);
    });
    listOf(form).append(...sorted);
    number(form);
  };

  document.addEventListener("click", (event) => {
    const form = formOf(event.target);
    const card = event.target.closest?.("[data-answer]");
    if (!form || !card) return;
    const move = event.target.closest("[data-move]");
    if (move) { moveBy(form, card, Number(move.dataset.move)); if (!move.disabled) move.focus(); else gripOf(card).focus(); }
    if (event.target.closest("[data-tie]")) toggleTie(form, card);
  });

  document.addEventListener("keydown", (event) => {
    const form = formOf(event.target);
    const grip = event.target.closest?.("[data-grip]");
    if (!form || !grip || event.ctrlKey || event.metaKey || event.altKey) return;
    const card = grip.closest("[data-answer]");
    const isLifted = grip.getAttribute("aria-pressed") === "true";
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const rating = card.querySelector(`[data-rating] input[data-press="${CSS.escape(event.key)}"]`);
    if (event.key === " " || event.key === "Enter") lift(card, !isLifted);
    else if (event.key === "Escape" && isLifted) lift(card, false);
    else if (step && isLifted) { moveBy(form, card, step); grip.focus(); card.scrollIntoView({ block: "nearest" }); }
    else if (step) gripOf(cardsOf(form)[cardsOf(form).indexOf(card) + step] || card).focus();
    else if (event.key === "=") toggleTie(form, card);
    else if (rating) { rating.checked = true; rating.dispatchEvent(new Event("change", { bubbles: true })); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });

  document.addEventListener("focusout", (event) => {
    const card = event.target.closest?.("[data-answer]");
    // A card that is moved loses the focus for a moment; it stays in hand.
    if (card && event.target.closest("[data-grip]")) requestAnimationFrame(() => {
      if (document.activeElement !== gripOf(card)) lift(card, false);
    });
  });

  // --- by mouse ----------------------------------------------------------------------------------------------
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    if (!event.target.closest?.("[data-grip]")) return;
    dragged = event.target.closest("[data-answer]");
    event.dataTransfer.setData("text/plain", dragged.dataset.answer);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 24, 24);
  });
  const clearOver = () => { for (const each of document.querySelectorAll(".is-over")) each.classList.remove("is-over"); };
  document.addEventListener("dragover", (event) => {
    const card = dragged && event.target.closest?.("[data-answer]");
    if (!card || formOf(card) !== formOf(dragged)) return;
    event.preventDefault();
    clearOver();
    if (card !== dragged) card.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const card = dragged && event.target.closest?.("[data-answer]");
    if (!card) return;
    event.preventDefault();
    const form = formOf(dragged);
    moveTo(form, dragged, cardsOf(form).indexOf(card));
  });
  document.addEventListener("dragend", () => { dragged = null; clearOver(); });

  document.addEventListener("change", (event) => {
    const form = formOf(event.target);
    if (!form || !event.isTrusted || !event.target.matches("input[name^=place-]")) return;
    form.dataset.touched = "";
    sortByNumbers(form);
  });

  // An order that nobody touched is sent only when it is meant.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-ranking]") || "touched" in form.dataset || form.elements.unrankable.checked) return;
    const warning = form.querySelector("[data-unmoved]");
    if (!warning.hidden) { warning.hidden = true; return; }
    warning.hidden = false;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });

  // Numbers that came with a draft; as they stand on the screen, they say nothing of a hand that moved them.
  const takeNumbers = (form) => {
    if (!cardsOf(form).every((card) => placeOf(card).value)) return;
    if (cardsOf(form).some((card, at) => Number(placeOf(card).value) !== at + 1)) form.dataset.touched = "";
    sortByNumbers(form);
  };

  const begin = () => {
    for (const form of document.querySelectorAll("form[data-ranking]:not([data-begun])")) {
      form.dataset.begun = "";
      for (const each of form.querySelectorAll("[data-with-script], [data-grip], [data-move], [data-tie]")) each.hidden = false;
      takeNumbers(form);
      number(form);
    }
  };
  document.addEventListener("harken:filled", (event) => {
    const form = formOf(event.target);
    if (form) takeNumbers(form);
  });
  for (const kind of ["harken:desk", "htmx:afterSwap", "DOMContentLoaded"]) document.addEventListener(kind, begin);
  begin();
})();
