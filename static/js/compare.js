// Two answers side by side: aligned paragraphs keep level, the panes scroll together, R and D change the form.
// Everything is readable without this file.
(() => {
  "use strict";

  const blocksOf = (pane) => Array.from(pane.querySelectorAll("[data-row]"));
  const panesOf = (place) => Array.from(place.querySelectorAll(".compare-pane"));
  // Where a pane was put because the other was scrolled: what it says of that must not lead back.
  const put = new WeakMap();

  function keepLevel(place) {
    const [left, right] = panesOf(place).map(blocksOf);
    for (const block of [...left, ...right]) block.style.minHeight = "";
    const [one, other] = panesOf(place);
    if (one.getBoundingClientRect().top !== other.getBoundingClientRect().top) return;
    const heights = left.map((block, row) => Math.max(block.offsetHeight, right[row].offsetHeight));
    heights.forEach((height, row) => {
      left[row].style.minHeight = right[row].style.minHeight = `${height}px`;
    });
  }

  // Where a pane is, as a row and the share of it that has gone by; so panes of other heights follow too.
  function placeIn(pane) {
    const blocks = blocksOf(pane);
    const top = pane.scrollTop;
    const row = blocks.findIndex((block) => block.offsetTop + block.offsetHeight > top + headOf(pane));
    if (row < 0) return null;
    const block = blocks[row];
    return { row, share: Math.max(0, (top + headOf(pane) - block.offsetTop) / (block.offsetHeight || 1)) };
  }

  const headOf = (pane) => pane.querySelector(".compare-head").offsetHeight;

  function follow(pane, place) {
    if (pane.scrollTop === 0) return 0;
    const found = placeIn(pane);
    const block = found && blocksOf(place)[found.row];
    return block ? block.offsetTop + found.share * block.offsetHeight - headOf(place) : place.scrollTop;
  }

  document.addEventListener("scroll", (event) => {
    const pane = event.target;
    if (!(pane instanceof Element) || !pane.matches(".compare-pane")) return;
    if (Math.abs(put.get(pane) - pane.scrollTop) <= 1) return;
    put.delete(pane);
    const other = panesOf(pane.closest("[data-compare]")).find((each) => each !== pane);
    other.scrollTop = follow(pane, other);
    put.set(other, other.scrollTop);
  }, { capture: true, passive: true });

  document.addEventListener("keydown", (event) => {
    const place = document.querySelector("[data-compare]");
    if (!place || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const form = { r: "raw", d: "diff" }[event.key.toLowerCase()];
    if (!form) return;
    // The same key again goes back to the rendered form.
    const isShown = place.querySelector(`[data-shows="${form}"]`).hasAttribute("aria-current");
    place.querySelector(`[data-shows="${isShown ? "rendered" : form}"]`).click();
  });

  const levelAll = () => document.querySelectorAll("[data-compare]").forEach(keepLevel);
  document.addEventListener("htmx:afterSettle", levelAll);
  window.addEventListener("resize", levelAll);
  document.addEventListener("DOMContentLoaded", levelAll);
  if (document.readyState !== "loading") levelAll();
})();
