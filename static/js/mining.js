// Words that are selected in a message go into the field that asks which words show it.
(() => {
  "use strict";

  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    const place = selection.anchorNode && selection.anchorNode.parentElement;
    const field = document.querySelector("[data-selected-words]");
    const message = place && place.closest("[data-message-words], .reader .turn.user");
    if (!field || !message || selection.isCollapsed) return;
    field.value = selection.toString().trim().slice(0, 2000);
    const number = document.querySelector("[data-selected-message]");
    const found = /^message-(\d+)$/.exec(message.id);
    if (number && found) number.value = String(Number(found[1]) + 1);
  });
})();
