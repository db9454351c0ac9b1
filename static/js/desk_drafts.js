// Drafts: what is filled in is kept as one types, on the server and, until it is there, on this device.
(() => {
  "use strict";

  const PAUSE_MS = 800;
  const BEGINNING = "harken.draft.";
  let timer = null;

  const formOf = (target) => target.closest?.("form[data-draft]");
  const isKept = (field) => field.name && field.type !== "hidden" && field.type !== "password" && field.tagName !== "BUTTON";
  const fieldsOf = (form) => {
    const kept = new Set([...form.elements].filter(isKept).map((field) => field.name));
    return [...new FormData(form).entries()].filter(([name]) => kept.has(name));
  };
  const here = {
    read: (key) => { try { return JSON.parse(localStorage.getItem(BEGINNING + key)); } catch { return null; } },
    write: (key, fields) => { try { localStorage.setItem(BEGINNING + key, JSON.stringify(fields)); } catch { /* the server has it */ } },
    drop: (key) => { try { localStorage.removeItem(BEGINNING + key); } catch { /* nothing was kept */ } },
  };
  const grouped = (fields) => fields.reduce((all, [name, value]) => ({ ...all, [name]: [...(all[name] || []), value] }), {});

  const keep = async (form) => {
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    const fields = fieldsOf(form);
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token }, redirect: "manual",
      });
      if (answer.status === 204) here.drop(form.dataset.lease);
    } catch { /* what this device has is sent with the next change, or shown again after a reload */ }
  };

  const fill = (form, draft) => {
    for (const field of form.elements) {
      if (!isKept(field) || !(field.name in draft)) continue;
      const values = draft[field.name];
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.type !== "file") field.value = values[0];
    }
    form.dispatchEvent(new Event("harken:filled", { bubbles: true }));
  };

  const restore = () => {
    for (const form of document.querySelectorAll("form[data-draft]:not([data-restored])")) {
      form.dataset.restored = "true";
      const kept = form.closest("[data-desk]")?.querySelector("#kept-draft");
      const draft = here.read(form.dataset.lease) || JSON.parse(kept?.textContent || "{}");
      if (Object.keys(draft).length) fill(form, draft);
    }
  };

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = formOf(event.target);
      if (!form) return;
      here.write(form.dataset.lease, grouped(fieldsOf(form)));
      clearTimeout(timer);
      timer = setTimeout(() => { if (form.isConnected) keep(form); }, PAUSE_MS);
    });
  }
  document.addEventListener("harken:desk", restore);
  document.addEventListener("htmx:afterSwap", restore);
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    if (form) { clearTimeout(timer); here.drop(form.dataset.lease); }
  });
  restore();
})();
