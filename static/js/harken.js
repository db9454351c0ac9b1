// The little that every page needs: theme, menus, and a sentence when a request fails.
(() => {
  "use strict";

  const root = document.documentElement;

  function storeTheme(theme) {
    const age = theme === "system" ? 0 : 31536000;
    document.cookie = `harken_theme=${theme}; path=/; max-age=${age}; samesite=lax`;
  }

  function showTheme(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
    }
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  document.addEventListener("click", (event) => {
    const themeButton = event.target.closest("[data-set-theme]");
    if (themeButton) {
      storeTheme(themeButton.dataset.setTheme);
      showTheme(themeButton.dataset.setTheme);
    }
    const copyButton = event.target.closest("[data-copy]");
    if (copyButton) copyText(copyButton);
    closeMenus(event.target.closest("details.menu"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details.menu[open]");
    closeMenus();
    if (menu) menu.querySelector("summary").focus();
  });

  // A button with data-copy="#id" copies the text or value of that element and says so.
  async function copyText(button) {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      if (source.select) source.select();
    }
  }

  // A request that fails must not fail in silence.
  function sayFailure(sentence) {
    const place = document.getElementById("request-failure");
    place.querySelector("p").textContent = sentence;
    place.hidden = false;
  }

  document.addEventListener("htmx:responseError", (event) => {
    const place = document.getElementById("request-failure");
    const status = event.detail.xhr.status;
    sayFailure(place.dataset[`status${status}`] || place.dataset.refused);
  });
  document.addEventListener("htmx:sendError", () => {
    sayFailure(document.getElementById("request-failure").dataset.unreachable);
  });
  document.addEventListener("htmx:afterOnLoad", () => {
    document.getElementById("request-failure").hidden = true;
  });

  document.addEventListener("DOMContentLoaded", () => {
    showTheme(root.dataset.theme || "system");
    const current = document.querySelector(".site-nav [aria-current]");
    if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
  });
})();
