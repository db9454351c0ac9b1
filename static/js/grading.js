// A key turns a criterion's thumb: not said, good, bad, not said. Without this file the thumbs are clicked.
(() => {
  "use strict";

  for (const turner of document.querySelectorAll("[data-turns]")) {
    turner.hidden = false;
    turner.addEventListener("click", () => {
      const choices = [...turner.closest("fieldset").querySelectorAll("input[type=radio]")];
      const order = ["", "good", "bad"];
      const said = choices.find((choice) => choice.checked)?.value ?? "";
      const next = order[(order.indexOf(said) + 1) % order.length];
      choices.find((choice) => choice.value === next).checked = true;
    });
  }
})();
