// The outbox of the desk: an answer stays on this device until the server has confirmed it.
// It survives a reload, a lost network, an ended sign-in, a changed token and a restarted server.
(() => {
  "use strict";

  const STORE = "harken.outbox";
  const FIRST_WAIT_MS = 2_000;
  const LONGEST_WAIT_MS = 30_000;
  const WINDOW_MS = 2_000;
  const box = document.getElementById("outbox");
  if (!box) return;

  let isBusy = false;
  let waitMs = FIRST_WAIT_MS;
  let timer = null;
  // Where the browser keeps nothing for us, this page still does.
  let memory = [];

  const read = () => {
    try { return JSON.parse(localStorage.getItem(STORE)) || []; } catch { return memory; }
  };
  const write = (entries) => {
    memory = entries;
    try { localStorage.setItem(STORE, JSON.stringify(entries)); } catch { /* memory has them */ }
    show();
  };
  const put = (entry) => write([...read().filter((other) => other.key !== entry.key), entry]);
  const drop = (key) => write(read().filter((entry) => entry.key !== key));
  const mine = () => read().filter((entry) => entry.person === box.dataset.person);

  // --- what is shown -------------------------------------------------------------------------------------------
  const say = (text, className) => {
    const line = document.createElement("p");
    line.className = className;
    line.textContent = text;
    return line;
  };

  const button = (text, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button small quiet";
    made.textContent = text;
    made.addEventListener("click", action);
    return made;
  };

  const show = () => {
    const waiting = mine().filter((entry) => entry.state === "pending");
    const lines = [];
    if (waiting.length && !isBusy) {
      const line = say(box.dataset.pending.replace("{n}", waiting.length), "notice warn");
      line.append(" ", button(box.dataset.sendNow, () => { waitMs = FIRST_WAIT_MS; flush(); }));
      lines.push(line);
    }
    for (const entry of mine().filter((each) => each.state === "failed")) {
      const line = say(`${box.dataset.failed} ${entry.sentence}`, "notice error");
      line.append(" ", button(box.dataset.dismiss, () => drop(entry.key)));
      lines.push(line);
    }
    box.dataset.state = lines.length ? (waiting.length ? "pending" : "failed") : "saved";
    box.replaceChildren(...lines);
  };

  // --- sending -------------------------------------------------------------------------------------------------
  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const takeToken = (fresh) => document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh }));

  const session = async () => {
    const answer = await fetch(box.dataset.session, { headers: { Accept: "application/json" } });
    if (!answer.ok) return { person: null, token: token() };
    const found = await answer.json();
    takeToken(found.token);
    return found;
  };

  const post = (entry) => fetch(entry.url, {
    method: "POST",
    body: new URLSearchParams(entry.fields),
    headers: { "X-CSRFToken": token(), "HX-Request": "true" },
    redirect: "manual",
  });

  // Returns the answer of the desk, or null where somebody has to sign in first.
  const postAsSamePerson = async (entry) => {
    const answer = await post(entry);
    if (answer.type !== "opaqueredirect" && answer.status !== 403 && answer.status !== 409) return answer;
    const found = await session();
    if (found.person === entry.person) return answer.status === 409 ? answer : post(entry);
    askToSignIn();
    return null;
  };

  const settle = async (entry, answer) => {
    const state = answer.headers.get("X-Harken-Desk");
    if (!state) {
      if (answer.status < 500) put({ ...entry, state: "failed", sentence: box.dataset.gone });
      return answer.status < 500;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const sentence = page.querySelector(".notice.warn, .notice.warning")?.textContent.trim() || box.dataset.gone;
    if (state === "refused") put({ ...entry, state: "failed", sentence });
    else drop(entry.key);
    swapDesk(page, entry.desk);
    return true;
  };

  const swapDesk = (page, id) => {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh) return;
    const made = document.importNode(fresh, true);
    old.replaceWith(made);
    window.htmx?.process(made);
    made.dispatchEvent(new CustomEvent("harken:desk", { bubbles: true }));
  };

  const flush = async () => {
    if (isBusy) return;
    isBusy = true;
    clearTimeout(timer);
    let isStuck = false;
    for (const entry of mine().filter((each) => each.state === "pending")) {
      try {
        const answer = await postAsSamePerson(entry);
        isStuck = answer === null || !(await settle(entry, answer));
      } catch { isStuck = true; }
      if (isStuck) break;
    }
    isBusy = false;
    show();
    if (!isStuck) waitMs = FIRST_WAIT_MS;
    else if (!dialog?.open) {
      timer = setTimeout(flush, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  };

  // --- signing in again, in place --------------------------------------------------------------------------------
  const dialog = document.getElementById("sign-in-again");
  const askToSignIn = () => {
    if (dialog && !dialog.open) dialog.showModal();
  };

  const goOnIfSignedIn = async () => {
    const found = await session();
    const isSame = found.person === box.dataset.person;
    if (isSame) { dialog.close(); flush(); }
    return isSame;
  };

  dialog?.querySelector("form").addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    const form = event.target;
    const note = dialog.querySelector("[role=alert]");
    try {
      await session();
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": token() }, redirect: "manual" });
      form.querySelector("[type=password]").value = "";
      if (answer.type !== "opaqueredirect") note.textContent = note.dataset.refused;
      else if (!(await goOnIfSignedIn())) note.textContent = note.dataset.other;
    } catch { note.textContent = note.dataset.unreachable; }
  });
  // Somebody may have signed in in another window meanwhile.
  window.addEventListener("focus", () => { if (dialog?.open) goOnIfSignedIn().catch(() => {}); });

  // --- forms -----------------------------------------------------------------------------------------------------
  const deskOf = (form) => form.closest("[data-desk]")?.id || "";

  const send = (form, submitter) => {
    const fields = [...new FormData(form, submitter).entries()].filter(([name]) => name !== "csrfmiddlewaretoken");
    const key = fields.find(([name]) => name === "idempotency_key")[1];
    put({ key, url: form.action, desk: deskOf(form), person: box.dataset.person, fields, state: "pending", at: Date.now() });
    form.setAttribute("aria-busy", "true");
    // What was sent may have arrived: another choice under the same key would be lost without a word.
    for (const control of form.elements) control.disabled = true;
    flush();
  };

  // A choice that waits: sent after its window, or when it is confirmed.
  const hold = (form, submitter) => {
    for (const other of form.querySelectorAll("[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
    submitter?.setAttribute("aria-pressed", "true");
    clearTimeout(form.harkenTimer);
    form.classList.add("held");
    if (form.dataset.sending === "after_window") {
      form.harkenTimer = setTimeout(() => { if (form.isConnected) send(form, submitter); }, WINDOW_MS);
    }
  };

  const letGo = (form) => {
    clearTimeout(form.harkenTimer);
    form.classList.remove("held");
    for (const each of form.querySelectorAll("[aria-pressed=true]")) each.setAttribute("aria-pressed", "false");
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-outbox]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const isHeld = form.dataset.sending && form.dataset.sending !== "at_once" && event.submitter?.name === "choice";
    if (isHeld && event.submitter.getAttribute("aria-pressed") !== "true") hold(form, event.submitter);
    else send(form, event.submitter);
  });

  // Asked by the keys: send what is chosen, or take the choice back before it is sent.
  document.addEventListener("harken:send", () => {
    const form = document.querySelector("form[data-outbox][data-main]");
    const chosen = form?.querySelector("button[name=choice][aria-pressed=true]");
    if (form && (chosen || !form.querySelector("button[name=choice]"))) form.requestSubmit(chosen || undefined);
  });
  document.addEventListener("harken:let-go", (event) => {
    const form = document.querySelector("form[data-outbox].held");
    if (!form) return;
    event.preventDefault();
    letGo(form);
  });

  window.addEventListener("online", () => { waitMs = FIRST_WAIT_MS; flush(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  window.addEventListener("storage", (event) => { if (event.key === STORE) show(); });
  show();
  flush();
})();
