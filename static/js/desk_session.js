// Who is signed in, for the outbox: the same person as the page is of, with a fresh token, or somebody has to sign in
// again, in place, under what they were doing.
(() => {
  "use strict";

  const box = document.getElementById("outbox");
  if (!box) return;
  const dialog = document.getElementById("sign-in-again");

  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const takeToken = (fresh) => document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh }));

  // The token of somebody else stays out of this page, whose other forms would act in their name.
  const session = async () => {
    const answer = await fetch(box.dataset.session, { headers: { Accept: "application/json" } });
    if (answer.status >= 500) throw new Error("The server does not say who is signed in.");
    if (!answer.ok) return { person: null, token: token() };
    const found = await answer.json();
    if (found.person === box.dataset.person) takeToken(found.token);
    return found;
  };

  const askToSignIn = () => { if (dialog && !dialog.open) dialog.showModal(); };

  const goOnIfSignedIn = async () => {
    const found = await session();
    const isSame = found.person === box.dataset.person;
    if (isSame) { dialog.close(); document.dispatchEvent(new CustomEvent("harken:signed-in")); }
    return isSame;
  };

  dialog?.querySelector("form").addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    const form = event.target;
    const note = dialog.querySelector("[role=alert]");
    try {
      const found = await session();
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": found.token }, redirect: "manual" });
      form.querySelector("[type=password]").value = "";
      if (answer.type !== "opaqueredirect") note.textContent = note.dataset.refused;
      else if (!(await goOnIfSignedIn())) note.textContent = note.dataset.other;
    } catch { note.textContent = note.dataset.unreachable; }
  });
  // Somebody may have signed in in another window meanwhile.
  window.addEventListener("focus", () => { if (dialog?.open) goOnIfSignedIn().catch(() => {}); });

  window.harkenSession = { token, session, askToSignIn, isAsking: () => Boolean(dialog?.open) };
})();
