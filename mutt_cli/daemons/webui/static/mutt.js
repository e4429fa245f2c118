// What pages do beside forms and links: parts that keep themselves new, copying a command, single keys. No framework.
"use strict";
(() => {
  const every = 2000, most = 30000;
  const $ = (what) => document.querySelector(what);
  const part = $("[data-fragment]"), live = $(".live"), says = $("[data-says]");
  let paused = false, busy = false, failed = false, tag = "", wait = every, timer = 0, at = 0;

  const policy = window.trustedTypes ? trustedTypes.createPolicy("mutt", { createHTML: (text) => text }) : null;

  function parsed(text) {
    const made = new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
    return [...made.body.childNodes];
  }

  function age() {
    const shown = $("[data-age]");
    if (!shown || !at) return;
    const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
    const stale = !paused && (failed || seconds > 12);
    part.classList.toggle("past", stale);
    shown.textContent = paused ? "paused" : stale ? "STALE " + seconds + " s" : seconds + " s ago";
    shown.classList.toggle("stale", stale);
  }

  function later(milliseconds) {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(look, milliseconds);
  }

  async function look() {
    if (paused || busy) return;
    busy = true;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(part.dataset.fragment, { headers, credentials: "same-origin", cache: "no-store",
        signal: AbortSignal.timeout(10000) });
      if (answer.status === 401 || answer.status === 403) return location.reload();
      const shown = answer.status === 304 || answer.ok && show(await answer.text(), answer.headers.get("ETag") || "");
      failed = !shown;
      if (shown) at = Date.now() - 1000 * Number(answer.headers.get("X-Look-Age") || 0);
      if (answer.ok || answer.status === 304) wait = every;
      else wait = Math.min(most, Math.max(wait * 2, 1000 * Number(answer.headers.get("Retry-After") || 0)));
    } catch {
      failed = true;
      wait = Math.min(most, wait * 2);
    } finally {
      busy = false;
      age();
    }
    later(wait);
  }

  function show(text, newTag) {
    const held = document.activeElement, wide = () => [...part.querySelectorAll(".wide")];
    const link = part.contains(held) ? held.getAttribute("href") : null;  // nobody loses the place where they are
    const before = state(), places = wide().map((one) => one.scrollLeft), focused = wide().indexOf(held);
    part.replaceChildren(...parsed(text));
    wide().forEach((one, number) => {
      one.scrollLeft = places[number] || 0;
      if (number === focused) one.focus({ preventScroll: true });
    });
    if (link) [...part.querySelectorAll("a")].find((one) => one.getAttribute("href") === link)?.focus({ preventScroll: true });
    tag = newTag;
    if (says && state() !== before) says.textContent = "State is now " + state();
    return true;
  }

  const state = () => ($("[data-state]") || { dataset: {} }).dataset.state || "";

  function pause() {
    paused = !paused;
    $("[data-pause]").textContent = paused ? "Go on" : "Pause";
    if (!paused) look();
    age();
  }

  if (part && live) {
    live.hidden = false;
    at = Date.now() - 1000 * Number($("[data-age]").dataset.age || 0);
    later(every);
    setInterval(age, 1000);
    $("[data-pause]").addEventListener("click", pause);
    document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : look());
  }

  document.addEventListener("click", (event) => {
    const code = event.target.closest("[data-copy]");
    if (!code || !navigator.clipboard || String(getSelection())) return;
    navigator.clipboard.writeText(code.textContent).then(() => {
      code.classList.add("copied");
      setTimeout(() => code.classList.remove("copied"), 1200);
    }, () => {});
  });

  function step(by) {  // along the first links of the rows
    const links = [...document.querySelectorAll("main tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
    const next = links[links.indexOf(document.activeElement) + by];
    if (next) next.focus();
  }

  const off = () => localStorage.getItem("mutt-keys") === "off";
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "!") return localStorage.setItem("mutt-keys", off() ? "on" : "off");
    if (off()) return;
    const pages = [...document.querySelectorAll("header nav a")], field = $(".filters input, .door input");
    if (pages[Number(event.key) - 1]) pages[Number(event.key) - 1].click();
    else if (event.key === "/" && field) { event.preventDefault(); field.focus(); }
    else if (event.key === "?") location.assign("/help");
    else if (event.key === "p" && part) pause();
    else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  });

  const theme = $(".theme select");
  if (theme) {
    $(".theme button").hidden = true;
    theme.addEventListener("change", () => theme.form.requestSubmit());
  }
})();
