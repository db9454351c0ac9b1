// Dropping or choosing a file uploads it at once, since a preview follows; an upload shows how far it is.
(() => {
  "use strict";

  const zoneOf = (event) => event.target.closest?.("[data-drop-zone]");
  const carriesFiles = (event) => Array.from(event.dataTransfer?.types ?? []).includes("Files");

  function showChoice(zone, note) {
    const file = zone.querySelector("input[type=file]").files[0];
    const size = file ? ` · ${(file.size / 1048576).toFixed(1)} MB` : "";
    zone.querySelector("[data-chosen]").textContent = file ? `${file.name}${size} ${note}` : "";
    zone.classList.toggle("chosen", Boolean(file));
  }

  // What is too large is told before it is sent.
  function send(zone, note) {
    const file = zone.querySelector("input[type=file]").files[0];
    showChoice(zone, note);
    if (!file) return;
    if (file.size > Number(zone.dataset.maxBytes)) {
      zone.querySelector("[data-chosen]").textContent = `${file.name}: ${zone.dataset.tooLarge}`;
      zone.querySelector("input[type=file]").value = "";
      return;
    }
    zone.querySelector("form").requestSubmit();
  }

  // A file that misses the zone must not take the place of the page.
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const zone = zoneOf(event);
    event.dataTransfer.dropEffect = zone ? "copy" : "none";
    document.querySelectorAll("[data-drop-zone]").forEach((each) => each.classList.toggle("over", each === zone));
  });

  document.addEventListener("dragleave", (event) => {
    const zone = zoneOf(event);
    if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("over");
  });

  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const zone = zoneOf(event);
    if (!zone || !event.dataTransfer.files.length) return;
    zone.classList.remove("over");
    const chosen = new DataTransfer();
    chosen.items.add(event.dataTransfer.files[0]);
    zone.querySelector("input[type=file]").files = chosen.files;
    send(zone, event.dataTransfer.files.length > 1 ? zone.dataset.oneFile : "");
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-drop-zone] input[type=file]")) send(zoneOf(event), "");
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest("[data-drop-zone]")?.querySelector("[data-upload]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
})();
