// The outbox of the desk: an answer stays on this device until the server has confirmed it.
// It survives a reload, a lost network, an ended sign-in, a changed token and a restarted server.
(() => {
  "use strict";

  const STORE = "harken.outbox.";
  const FIRST_WAIT_MS = 2_000;
  const LONGEST_WAIT_MS = 30_000;
  const WINDOW_MS = 2_000;
  const LONG_MS = 60_000;
  const box = document.getElementById("outbox");
  if (!box) return;

  let isBusy = false;
  let waitMs = FIRST_WAIT_MS;
  let timer = null;
  let receipts = 0;
  // Where the browser has no room left for us, this page still does.
  const memory = new Map();

  // --- what is kept: each entry under a name of its own, so that no window writes over another's -----------------
  const parsed = (text) => { try { return JSON.parse(text); } catch { return null; } };
  const stored = () => {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(STORE)).map((name) => parsed(localStorage.getItem(name)));
    } catch { return []; }
  };
  const read = () => {
    const kept = stored().filter((entry) => entry?.key && !memory.has(entry.key));
    return [...kept, ...memory.values()].sort((one, other) => one.at - other.at);
  };
  const isKept = (entry) => {
    try { localStorage.setItem(STORE + entry.key, JSON.stringify(entry)); return true; } catch { return false; }
  };
  const put = (entry) => {
    if (isKept(entry) || (document.dispatchEvent(new CustomEvent("harken:make-room")) && isKept(entry))) memory.delete(entry.key);
    else memory.set(entry.key, entry);
    render();
  };
  const drop = (key) => {
    memory.delete(key);
    try { localStorage.removeItem(STORE + key); } catch { /* memory alone had it */ }
    render();
  };
  const mine = () => read().filter((entry) => entry.person === box.dataset.person);
  const waiting = () => mine().filter((entry) => entry.state === "pending");
  // What is known of an entry now: while it was under way, somebody may have asked for its undo or dismissed it.
  const current = (entry) => read().find((each) => each.key === entry.key);
  const change = (entry, news) => { if (current(entry)) put({ ...current(entry), ...news }); };

  // --- what is shown ---------------------------------------------------------------------------------------------
  const make = (tag, text, className = "") => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const button = (text, action) => {
    const made = make("button", text, "button small quiet");
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  };

  const sendNow = () => { waitMs = FIRST_WAIT_MS; flush(); };
  const sendAgain = (entry) => { put({ ...entry, state: "pending", isTried: false }); sendNow(); };
  // The answer in words, to be copied where it cannot be sent.
  const inWords = (entry) => {
    const written = entry.fields.filter(([name, value]) => value && entry.shown?.includes(name));
    return [entry.label, ...written.map(([name, value]) => `${name}: ${value}`)].filter(Boolean).join("\n");
  };
  const answerOf = (entry, ...actions) => {
    const [details, text] = [make("details", ""), make("pre", inWords(entry))];
    text.tabIndex = 0;
    details.append(make("summary", box.dataset.words), text, ...actions);
    return details;
  };

  const pendingLine = (entries) => {
    const words = [box.dataset.pending.replace("{n}", entries.length)];
    if (entries.some((entry) => entry.isUndone)) words.push(box.dataset.undoWaits);
    if (entries.some((entry) => memory.has(entry.key))) words.push(box.dataset.unkept);
    const line = make("div", words.join(" "), "notice warn");
    line.append(" ", button(box.dataset.sendNow, sendNow));
    for (const entry of entries.filter((each) => Date.now() - each.at > LONG_MS)) {
      line.append(answerOf(entry, button(box.dataset.dismiss, () => drop(entry.key))));
    }
    return line;
  };

  const failedLine = (entry) => {
    const line = make("div", `${box.dataset.failed} ${entry.sentence}`, "notice error");
    const [again, dismiss] = [button(box.dataset.sendAgain, () => sendAgain(entry)), button(box.dataset.dismiss, () => drop(entry.key))];
    line.append(" ", again, " ", dismiss, answerOf(entry));
    return line;
  };

  const show = () => {
    const late = waiting().filter((entry) => entry.isTried || !isBusy);
    const failed = mine().filter((entry) => entry.state === "failed");
    const lines = [...(late.length ? [pendingLine(late)] : []), ...failed.map(failedLine)];
    box.dataset.state = late.length ? "pending" : failed.length ? "failed" : "saved";
    // What says the same is left alone: somebody may be copying from it.
    const isSame = lines.length === box.children.length && lines.every((line, place) => line.textContent === box.children[place].textContent);
    if (!isSame) box.replaceChildren(...lines);
  };

  // --- forms of a task that is answered and not confirmed --------------------------------------------------------
  const taskOf = (element) => element.closest("article[id^=task-]")?.id || "";
  const isWaitedFor = (task) => task !== "" && waiting().some((entry) => entry.task === task);

  // What was sent may have arrived: another choice meanwhile would be refused.
  const lock = (form) => {
    if (form.harkenLocked) return;
    form.setAttribute("aria-busy", "true");
    form.harkenLocked = [...form.elements].filter((control) => !control.disabled);
    for (const control of form.harkenLocked) control.disabled = true;
  };
  const unlock = (form) => {
    for (const control of form.harkenLocked || []) control.disabled = false;
    delete form.harkenLocked;
    form.removeAttribute("aria-busy");
  };

  // The first answer of a queue can be taken back too, before the server knows of it.
  const lendUndo = (desk) => {
    const undo = desk.querySelector("[data-act=undo]");
    if (!undo) return;
    const isNeeded = desk.querySelector("form.held") !== null || waiting().some((entry) => entry.desk === desk.id);
    if (isNeeded && undo.disabled) { undo.disabled = false; undo.dataset.lent = ""; }
    else if (!isNeeded && "lent" in undo.dataset) { undo.disabled = true; delete undo.dataset.lent; }
  };

  const render = () => {
    show();
    for (const form of document.querySelectorAll("form[data-outbox]")) (isWaitedFor(taskOf(form)) ? lock : unlock)(form);
    for (const desk of document.querySelectorAll("[data-desk]")) lendUndo(desk);
  };

  // --- sending ---------------------------------------------------------------------------------------------------
  const { token, session, askToSignIn, isAsking } = window.harkenSession;

  const post = (entry, options = {}) => fetch(entry.url, {
    method: "POST",
    body: new URLSearchParams(entry.fields),
    headers: { "X-CSRFToken": token(), "HX-Request": "true" },
    redirect: "manual",
    ...options,
  });

  const isAboutThePerson = (answer) => answer.type === "opaqueredirect" || [401, 403, 404, 409].includes(answer.status);
  const isWorthAnother = (answer) => answer.type === "opaqueredirect" || answer.status === 403;

  // Returns the answer of the server, or null where somebody has to sign in first.
  const postAsSamePerson = async (entry) => {
    const answer = await post(entry);
    if (!isAboutThePerson(answer)) return answer;
    const found = await session();
    if (found.person === entry.person) return isWorthAnother(answer) ? post(entry) : answer;
    askToSignIn();
    return null;
  };

  const pageOf = (text) => new DOMParser().parseFromString(text, "text/html");

  const sentenceOf = (answer, text, page) => {
    if (answer.headers.get("Content-Type")?.startsWith("text/plain")) return text.slice(0, 300);
    return page.querySelector(".notice.warn, .notice.warning")?.textContent.trim() || box.dataset.gone;
  };

  // Returns whether the answer is final: a proxy, a sign-in page and a server in trouble do not speak for the desk.
  const settle = async (entry, answer) => {
    const state = answer.headers.get("X-Harken-Desk");
    if (!state && answer.status !== 409) return false;
    const text = await answer.text();
    const page = pageOf(text);
    receipts += 1;
    if (state && state !== "refused" && answer.ok) receive(current(entry) || entry, state, page);
    else change(entry, { state: "failed", sentence: sentenceOf(answer, text, page) });
    if (isInHand(entry)) goOn(entry, answer, page);
    else tell(page, entry.desk);
    return true;
  };

  const receive = (entry, state, page) => {
    drop(entry.key);
    document.dispatchEvent(new CustomEvent("harken:received", { detail: entry }));
    if (entry.isUndone && state === "judged") putUndo(page, entry);
  };

  // Who went on to another task meanwhile is left there.
  const isInHand = (entry) => {
    const shown = document.getElementById(entry.desk)?.querySelector("article[id^=task-]");
    return !shown || !entry.task || shown.id === entry.task;
  };

  const goOn = (entry, answer, page) => {
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere && document.getElementById(entry.desk)) location.assign(elsewhere);
    else swapDesk(page, entry.desk);
  };

  // What was saved is said, and the task that is shown is left alone.
  const tell = (page, id) => {
    const [said, shown] = [page, document].map((each) => each.getElementById(id)?.querySelector(".toasts"));
    if (said) shown?.replaceChildren(...document.importNode(said, true).childNodes);
  };

  const swapDesk = (page, id) => {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh) return;
    stowHeld(old);
    const made = document.importNode(fresh, true);
    old.replaceWith(made);
    window.htmx?.process(made);
    made.dispatchEvent(new CustomEvent("harken:desk", { bubbles: true }));
  };

  const refreshDesk = async (id) => {
    const before = receipts;
    try {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
      const page = pageOf(await answer.text());
      // A receipt that came meanwhile has put a newer desk in place.
      if (answer.ok && receipts === before) swapDesk(page, id);
    } catch { /* the desk that is shown stays */ }
  };

  // Returns "done", "left" for later, or "halt" where nothing else would get through either.
  const attempt = async (entry) => {
    put({ ...entry, isSent: true });
    try {
      const answer = await postAsSamePerson(entry);
      if (answer !== null && (await settle(entry, answer))) return "done";
      // A sign-in page comes before anything is stored: the answer can still be withdrawn.
      change(entry, { isTried: true, isSent: answer !== null });
      return answer === null ? "halt" : "left";
    } catch {
      change(entry, { isTried: true });
      return "halt";
    }
  };

  // One after the other, until nothing is untried: what is put meanwhile goes out as well.
  const sendAll = async () => {
    const tried = new Set();
    const outcomes = [];
    const next = () => waiting().find((entry) => !tried.has(entry.key));
    for (let entry = next(); entry && !outcomes.includes("halt"); entry = next()) {
      tried.add(entry.key);
      outcomes.push(await attempt(entry));
    }
    return outcomes.every((outcome) => outcome === "done");
  };

  const flush = async () => {
    if (isBusy) return;
    isBusy = true;
    clearTimeout(timer);
    const isAllDone = await sendAll();
    isBusy = false;
    render();
    if (isAllDone) waitMs = FIRST_WAIT_MS;
    else if (!isAsking()) {
      timer = setTimeout(flush, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  };

  // --- forms -----------------------------------------------------------------------------------------------------
  const keyIn = (fields) => fields.find(([name]) => name === "idempotency_key")?.[1];
  const fieldsOf = (form, submitter) => [...new FormData(form, submitter).entries()].filter(([name]) => name !== "csrfmiddlewaretoken");
  const shownIn = (form) => [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.tagName !== "BUTTON").map((field) => field.name);

  const stow = (form, submitter) => {
    clearTimeout(form.harkenTimer);
    form.classList.remove("held");
    const fields = fieldsOf(form, submitter);
    const entry = {
      key: keyIn(fields), url: form.action, desk: form.closest("[data-desk]")?.id || "", task: taskOf(form),
      person: box.dataset.person, fields, shown: shownIn(form), label: submitter?.firstChild?.textContent.trim() || "",
      state: "pending", at: Date.now(),
    };
    put(entry);
    return entry;
  };

  const send = (form, submitter) => { stow(form, submitter); flush(); };

  // A choice that waits: sent after its window, or when it is confirmed.
  const press = (form, chosen) => {
    for (const other of form.querySelectorAll("button[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
    chosen?.setAttribute("aria-pressed", "true");
    clearTimeout(form.harkenTimer);
    form.classList.toggle("held", Boolean(chosen));
    lendUndo(form.closest("[data-desk]") || document);
  };

  const hold = (form, submitter) => {
    press(form, submitter);
    if (form.dataset.sending !== "after_window") return;
    form.harkenTimer = setTimeout(() => { if (form.isConnected) send(form, submitter); }, WINDOW_MS);
  };

  // Chosen and about to be sent by itself: it is sent although its form goes away.
  const stowHeld = (root) => [...root.querySelectorAll("form[data-outbox].held[data-sending=after_window]")].map(
    (form) => stow(form, form.querySelector("button[name=choice][aria-pressed=true]")));

  // --- taking back -----------------------------------------------------------------------------------------------
  const isLetGo = () => {
    const form = document.querySelector("form[data-outbox].held");
    if (form) press(form, null);
    return form !== null;
  };

  // The undo of an answer that was under way, from the page that confirmed it.
  const putUndo = (page, entry) => {
    const form = page.querySelector("[data-act=undo]")?.form;
    if (!form) return;
    const [url, fields] = [new URL(form.getAttribute("action"), location.href).href, fieldsOf(form)];
    put({ key: keyIn(fields), url, desk: entry.desk, task: "", person: entry.person, fields, state: "pending", at: Date.now() });
  };

  // Returns whether something here comes before the undo of what the server knows.
  const isTakenBack = (desk) => {
    if (isLetGo()) return true;
    const last = waiting().filter((entry) => entry.desk === desk?.id).pop();
    if (!last) return false;
    if (last.isSent) put({ ...last, isUndone: true });
    else drop(last.key);
    return true;
  };

  document.addEventListener("submit", (event) => {
    if (!event.submitter?.matches("[data-act=undo]") || !isTakenBack(event.target.closest("[data-desk]"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  document.addEventListener("harken:let-go", (event) => { if (isLetGo()) event.preventDefault(); });
  document.addEventListener("harken:take-back", (event) => {
    if (isTakenBack(document.querySelector("[data-desk]"))) event.preventDefault();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-outbox]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const isHeld = form.dataset.sending && form.dataset.sending !== "at_once" && event.submitter?.name === "choice";
    if (isHeld && event.submitter.getAttribute("aria-pressed") !== "true") hold(form, event.submitter);
    else send(form, event.submitter);
  });

  // Asked by the keys: send what is chosen.
  document.addEventListener("harken:send", () => {
    const form = document.querySelector("form[data-outbox][data-main]");
    const chosen = form?.querySelector("button[name=choice][aria-pressed=true]");
    if (form && (chosen || !form.querySelector("button[name=choice]"))) form.requestSubmit(chosen || undefined);
  });

  // --- what htmx does in the desk: a held choice goes out after it, and an older desk never stays ------------------
  const begun = new WeakMap();
  const deskIn = (event) => event.target.closest?.("[data-desk]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!deskIn(event)) return;
    begun.set(event.detail.xhr, receipts);
    stowHeld(deskIn(event));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    render();
    const before = begun.get(event.detail.xhr);
    if (before !== undefined && before !== receipts && deskIn(event)) refreshDesk(deskIn(event).id);
  });
  document.addEventListener("htmx:afterRequest", () => { if (waiting().some((entry) => !entry.isSent)) flush(); });
  document.addEventListener("harken:desk", render);

  // --- the page goes, comes back, or another window has sent something ---------------------------------------------
  window.addEventListener("pagehide", () => {
    for (const entry of stowHeld(document)) {
      put({ ...entry, isSent: true });
      // Its answer is read by nobody: it goes out once more with the next desk, under the same key.
      post(entry, { keepalive: true }).catch(() => {});
    }
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { render(); flush(); } });
  window.addEventListener("online", sendNow);
  document.addEventListener("harken:signed-in", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  window.addEventListener("storage", (event) => {
    if (event.key && !event.key.startsWith(STORE)) return;
    const gone = event.newValue ? null : parsed(event.oldValue);
    const isBehind = gone?.task && gone.person === box.dataset.person && document.getElementById(gone.task);
    if (isBehind) refreshDesk(gone.desk).then(render);
    else render();
  });

  render();
  flush();
})();
