// The pages work without this script. It counts down, says that something changed, checks the editor's text while it is written,
// and keeps a form from being sent twice by a double click.
"use strict";
(() => {
  const body = document.body;
  const offset = Number(body.dataset.now) - Date.now(); // the server's clock counts
  const say = (text) => { document.getElementById("say").textContent = text; };

  // Countdowns. The width of the place is fixed by the style; a screen reader is told at a few steps only.
  const unit = (n, word) => n + " " + word + (n === 1 ? "" : "s");
  const words = (ms) => {
    if (ms <= 0) return "over";
    const s = Math.floor(ms / 1000), d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
    if (d > 0) return unit(d, "day") + " " + unit(h, "hour");
    if (h > 0) return unit(h, "hour") + " " + unit(m, "minute");
    return unit(m, "minute") + " " + unit(s % 60, "second");
  };
  const steps = [3600e3, 600e3, 60e3, 0];
  const before = new Map();
  const count = () => {
    const now = Date.now() + offset;
    for (const e of document.querySelectorAll("[data-until]")) {
      const left = Number(e.dataset.until) - now, text = words(left);
      if (e.textContent !== text) e.textContent = text;
      const was = before.get(e);
      before.set(e, left);
      if (was === undefined) continue;
      for (const step of steps) if (was > step && left <= step) say(step === 0 ? "A deadline has passed." : words(step) + " left until a deadline.");
    }
  };
  setInterval(count, 1000);
  count();

  // Was something just recorded?
  const done = () => {
    const p = document.querySelector("[data-done]");
    if (!p || !new URLSearchParams(location.search).has("done")) return;
    p.hidden = false;
    history.replaceState(null, "", location.pathname + location.hash);
  };
  done();

  // A change is announced and nothing moves until the reader asks for it.
  const changed = document.querySelector(".changed");
  let changes = 0;
  const show = async () => {
    const answer = await fetch(location.href, { headers: { "X-Requested-With": "page" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.getElementById("main");
    if (!answer.ok || !next) { location.reload(); return; }
    const main = document.getElementById("main");
    const open = [...main.querySelectorAll("details")].map((d) => d.open);
    main.replaceChildren(...next.childNodes);
    main.querySelectorAll("details").forEach((d, i) => { if (open[i]) d.open = true; });
    before.clear();
    changes = 0;
    changed.replaceChildren();
    body.dataset.since = fresh.body.dataset.since;
    if (source) listen();
    main.focus({ preventScroll: true });
    count();
    say("The page shows the latest.");
  };
  const announce = () => {
    const p = document.createElement("p"), b = document.createElement("button");
    p.append(changes === 1 ? "1 change" : changes + " changes");
    b.textContent = "Show";
    b.type = "button";
    b.addEventListener("click", show);
    p.append(b);
    changed.replaceChildren(p);
  };
  let source;
  const listen = () => {
    if (source) source.close();
    const watch = body.dataset.live;
    let opened = false;
    source = new EventSource("/ui/events?since=" + body.dataset.since);
    source.addEventListener("changed", (e) => {
      if (watch && e.data !== watch && e.data !== "agreement:" + watch) return;
      changes++;
      announce();
    });
    source.addEventListener("open", () => {
      if (opened) { // the line was down; what is recent is told again, and what is older is not known: offer to look
        changes = 0;
        setTimeout(() => { if (changes === 0) { changes = 1; announce(); } }, 1000);
      }
      opened = true;
    });
  };
  if (body.dataset.live !== undefined && window.EventSource) {
    listen();
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (e) => { if (e.persisted) listen(); });
  }

  // The editor.
  const editor = document.getElementById("editor");
  if (editor) {
    const text = document.getElementById("text"), out = document.getElementById("checked"), caret = document.getElementById("caret");
    let timer = 0, asked = 0;
    const check = async () => {
      const mine = ++asked;
      const form = new URLSearchParams({ csrf: editor.elements.csrf.value, id: editor.dataset.id, text: text.value });
      const answer = await fetch(editor.dataset.check, { method: "POST", body: form });
      if (mine !== asked || !answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.body.innerHTML !== out.innerHTML) out.replaceChildren(...fresh.body.childNodes);
    };
    text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(check, 350); });
    const where = () => {
      const upTo = text.value.slice(0, text.selectionStart).split("\n");
      caret.textContent = "line " + upTo.length + ", column " + (upTo[upTo.length - 1].length + 1);
    };
    for (const kind of ["keyup", "click", "input"]) text.addEventListener(kind, where);
    out.addEventListener("click", (e) => {
      const a = e.target.closest("[data-line]");
      if (!a) return;
      e.preventDefault();
      const lines = text.value.split("\n"), line = Math.max(1, Number(a.dataset.line));
      let at = 0;
      for (let i = 0; i < line - 1 && i < lines.length; i++) at += lines[i].length + 1;
      at += Math.max(0, Number(a.dataset.column || 1) - 1);
      text.focus();
      text.setSelectionRange(at, at);
      text.scrollTop = Math.max(0, (line - 6) * text.scrollHeight / Math.max(1, lines.length));
      where();
    });
  }

  // A form is sent once.
  document.addEventListener("submit", (e) => {
    const f = e.target;
    if (f.dataset.sent) { e.preventDefault(); return; }
    if (f.method === "post") f.dataset.sent = "1";
  });
  addEventListener("pageshow", (e) => { if (e.persisted) for (const f of document.forms) delete f.dataset.sent; });
})();
