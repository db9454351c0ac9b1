// A critique: faulty passages marked by selecting them, and what a correction changes, as one types.
(() => {
  "use strict";

  // More words are compared as one: the page must not stop while somebody types.
  const MOST_WORDS = 1_500;
  const lengthOf = (text) => [...text].length;
  // The answer of each form, as the page got it.
  const originals = new WeakMap();

  // --- faulty passages ---------------------------------------------------------------------------------------
  const spansOf = (form) => form.elements.spans.value.split(" ").filter(Boolean).map((span) => span.split("-").map(Number));

  const joined = (spans) => spans.sort((one, other) => one[0] - other[0]).reduce((all, [start, end]) => {
    const last = all[all.length - 1];
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
    return all;
  }, []);

  const show = (form, spans) => {
    const box = form.querySelector("[data-marked-text]");
    const list = form.querySelector("[data-marks]");
    const letters = [...originals.get(form)];
    const parts = [];
    let end = 0;
    for (const [from, to] of spans) {
      const mark = document.createElement("mark");
      mark.textContent = letters.slice(from, to).join("");
      parts.push(letters.slice(end, from).join(""), mark);
      end = to;
    }
    box.replaceChildren(...parts, letters.slice(end).join(""));
    list.replaceChildren(...spans.map(([from, to]) => {
      const line = document.createElement("li");
      const words = document.createElement("mark");
      const button = document.createElement("button");
      words.textContent = letters.slice(from, Math.min(to, from + 80)).join("");
      words.dir = "auto";
      Object.assign(button, { type: "button", className: "button small quiet", textContent: "×" });
      button.setAttribute("aria-label", `${list.dataset.remove}: ${words.textContent}`);
      button.addEventListener("click", () => {
        keep(form, spans.filter((span) => span[0] !== from));
        form.querySelector("[data-mark]").focus();
      });
      line.append(words, button);
      return line;
    }));
  };

  const keep = (form, spans) => {
    form.elements.spans.value = spans.map((span) => span.join("-")).join(" ");
    form.elements.spans.dispatchEvent(new Event("change", { bubbles: true }));
    show(form, spans);
  };

  const offsetIn = (box, node, offset) => {
    const before = document.createRange();
    before.selectNodeContents(box);
    before.setEnd(node, offset);
    return lengthOf(before.toString());
  };

  const markSelection = (form) => {
    const box = form.querySelector("[data-marked-text]");
    const selection = document.getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (!box.contains(range.startContainer) || !box.contains(range.endContainer)) return;
    const span = [offsetIn(box, range.startContainer, range.startOffset), offsetIn(box, range.endContainer, range.endOffset)];
    if (span[0] >= span[1]) return;
    keep(form, joined([...spansOf(form), span]));
    const caret = document.createRange();
    caret.selectNodeContents(box);
    caret.collapse(true);
    selection.removeAllRanges();
    selection.addRange(caret);
  };

  // The selection must outlive the press on the button.
  document.addEventListener("pointerdown", (event) => { if (event.target.closest("[data-mark]")) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) markSelection(button.closest("form"));
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-marked-text]");
    if (box && event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      markSelection(box.closest("form"));
      event.preventDefault();
    }
  });
  // The text can be gone through with the arrows like a field, and stays as it is.
  for (const kind of ["beforeinput", "paste", "drop", "cut"]) {
    document.addEventListener(kind, (event) => { if (event.target.closest?.("[data-marked-text]")) event.preventDefault(); });
  }

  // --- what a correction changes -------------------------------------------------------------------------------
  const wordsOf = (text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) || [];

  // The longest common subsequence of words, after what both begin and end with is set aside.
  const diff = (one, other) => {
    let head = 0;
    while (head < one.length && head < other.length && one[head] === other[head]) head += 1;
    let tail = 0;
    while (tail < one.length - head && tail < other.length - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
    const left = one.slice(head, one.length - tail);
    const right = other.slice(head, other.length - tail);
    const middle = left.length > MOST_WORDS || right.length > MOST_WORDS ? [["del", left.join("")], ["ins", right.join("")]] : compared(left, right);
    return [["same", one.slice(0, head).join("")], ...middle, ["same", one.slice(one.length - tail).join("")]];
  };

  const compared = (left, right) => {
    const width = right.length + 1;
    const table = new Uint16Array((left.length + 1) * width);
    for (let i = left.length - 1; i >= 0; i -= 1) {
      for (let j = right.length - 1; j >= 0; j -= 1) {
        table[i * width + j] = left[i] === right[j] ? table[(i + 1) * width + j + 1] + 1 : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
      }
    }
    const parts = [];
    const add = (kind, word) => {
      if (parts.length && parts[parts.length - 1][0] === kind) parts[parts.length - 1][1] += word;
      else parts.push([kind, word]);
    };
    let i = 0;
    let j = 0;
    while (i < left.length || j < right.length) {
      if (i < left.length && j < right.length && left[i] === right[j]) { add("same", left[i]); i += 1; j += 1; }
      else if (j >= right.length || (i < left.length && table[(i + 1) * width + j] >= table[i * width + j + 1])) { add("del", left[i]); i += 1; }
      else { add("ins", right[j]); j += 1; }
    }
    return parts;
  };

  let timer = null;
  const showDiff = (field) => {
    const box = field.form.querySelector("[data-diff-box]");
    const original = originals.get(field.form) || "";
    box.hidden = field.value.trim() === original.trim();
    if (box.hidden) return;
    box.querySelector("[data-diff]").replaceChildren(...diff(wordsOf(original), wordsOf(field.value)).filter(([, text]) => text).map(([kind, text]) => {
      if (kind === "same") return text;
      const made = document.createElement(kind);
      made.textContent = text;
      return made;
    }));
  };
  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-correction]");
    if (!field) return;
    clearTimeout(timer);
    timer = setTimeout(() => { if (field.isConnected) showDiff(field); }, field.value.length > 20_000 ? 400 : 60);
  });

  const begin = () => {
    for (const form of document.querySelectorAll("form[data-critique]:not([data-begun])")) {
      form.dataset.begun = "";
      originals.set(form, form.querySelector("[data-marked-text]").textContent);
      form.querySelector("[data-faults]").hidden = false;
      refresh(form);
    }
  };
  const refresh = (form) => {
    show(form, joined(spansOf(form)));
    showDiff(form.querySelector("[data-correction]"));
  };
  document.addEventListener("harken:filled", (event) => {
    if (event.target.matches("form[data-critique]") && originals.has(event.target)) refresh(event.target);
  });
  for (const kind of ["harken:desk", "htmx:afterSwap", "DOMContentLoaded"]) document.addEventListener(kind, begin);
  begin();
})();
