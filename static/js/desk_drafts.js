// Drafts: what is filled in is kept as one types, on the server and, until it is there, on this device.
(() => {
  "use strict";

  const PAUSE_MS = 800;
  const GIVE_UP_MS = 15_000;
  const KEPT_FOR_MS = 14 * 24 * 3_600_000;
  const BEGINNING = "harken.draft.";
  let timer = null;
  // Saves go out one after the other, so that an older one never overtakes a newer.
  let saving = Promise.resolve();

  const formOf = (target) => target.closest?.("form[data-draft]");
  const isKept = (field) => field.name && field.type !== "hidden" && field.type !== "password" && field.tagName !== "BUTTON";
  const fieldsOf = (form) => {
    const kept = new Set([...form.elements].filter(isKept).map((field) => field.name));
    return [...new FormData(form).entries()].filter(([name]) => kept.has(name));
  };
  const grouped = (fields) => fields.reduce((all, [name, value]) => ({ ...all, [name]: [...(all[name] || []), value] }), {});
  const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // --- on this device: by person and task, for a lease ends and the words stay ---------------------------------
  const person = () => document.getElementById("outbox")?.dataset.person || "";
  const keyOf = (form) => `${BEGINNING}${person()}.${form.closest("article[id^=task-]")?.id || form.dataset.lease}`;
  const names = () => {
    try { return Object.keys(localStorage).filter((name) => name.startsWith(BEGINNING)); } catch { return []; }
  };
  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const drop = (key) => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } };
  const tryToKeep = (key, draft) => {
    try { localStorage.setItem(key, JSON.stringify(draft)); return true; } catch { return false; }
  };

  const makeRoom = () => {
    const shown = new Set([...document.querySelectorAll("form[data-draft]")].map(keyOf));
    for (const key of names()) if (!shown.has(key)) drop(key);
  };

  const dropOld = () => {
    for (const key of names()) {
      const age = Date.now() - (read(key)?.at || 0);
      if (age > KEPT_FOR_MS) drop(key);
    }
  };

  const write = (form) => {
    const draft = { at: Date.now(), lease: form.dataset.lease, fields: grouped(fieldsOf(form)) };
    if (tryToKeep(keyOf(form), draft)) return;
    makeRoom();
    tryToKeep(keyOf(form), draft);
  };

  // --- on the server -------------------------------------------------------------------------------------------
  const post = async (address, key, fields) => {
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    try {
      const answer = await fetch(address, {
        method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token }, redirect: "manual",
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      // What was typed meanwhile is only here, and stays.
      if (answer.status === 204 && isSame(read(key)?.fields, grouped(fields))) drop(key);
    } catch { /* what this device has is sent with the next change, or shown again after a reload */ }
  };

  const save = (form) => {
    const [address, key, fields] = [form.dataset.draft, keyOf(form), fieldsOf(form)];
    saving = saving.then(() => post(address, key, fields));
  };

  // --- into the form -------------------------------------------------------------------------------------------
  // A lease draws its own order: what says A or B of another lease may mean the other answer.
  const isOfSide = (field) => field.type === "radio" && (field.value === "a" || field.value === "b");

  const fill = (form, draft, isOtherOrder) => {
    for (const field of form.elements) {
      if (!isKept(field) || !(field.name in draft) || (isOtherOrder && isOfSide(field))) continue;
      const values = draft[field.name];
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.type !== "file") field.value = values[0];
    }
    form.dispatchEvent(new Event("harken:filled", { bubbles: true }));
  };

  const restore = () => {
    for (const form of document.querySelectorAll("form[data-draft]:not([data-restored])")) {
      form.dataset.restored = "true";
      const onServer = form.closest("[data-desk]")?.querySelector("#kept-draft");
      const here = read(keyOf(form));
      const draft = here?.fields || JSON.parse(onServer?.textContent || "{}");
      if (Object.keys(draft).length) fill(form, draft, Boolean(here) && here.lease !== form.dataset.lease);
    }
  };

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = formOf(event.target);
      if (!form) return;
      write(form);
      clearTimeout(timer);
      timer = setTimeout(() => { if (form.isConnected) save(form); }, PAUSE_MS);
    });
  }
  document.addEventListener("harken:desk", restore);
  document.addEventListener("htmx:afterSwap", restore);
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    if (form) { clearTimeout(timer); write(form); }
  });
  // Only a receipt makes the copy needless, and only if nothing was typed since.
  document.addEventListener("harken:received", (event) => {
    const { person: whose, task, fields } = event.detail;
    const key = `${BEGINNING}${whose}.${task}`;
    const sent = grouped(fields);
    const kept = read(key);
    if (kept && Object.entries(kept.fields).every(([name, values]) => isSame(values, sent[name]))) drop(key);
  });
  document.addEventListener("harken:make-room", makeRoom);
  dropOld();
  restore();
})();
