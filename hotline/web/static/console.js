// The console's only script: ages that tick, values that follow the live stream, the search field's suggestions, keys.
// Every page works without it. It never moves the focus and never puts a station's text into the page as markup.

const ALIVE_MS = 40_000; // the server says "alive" every 15 s
const POLL_MS = 10_000;
const RETRY_MS = 5_000;
const SUGGEST_MS = 120;
const KEEP_MS = 800;
const ZONE = "Europe/Luxembourg";
const STICKER = /^[a-z]{1,4}\d{4,8}$/i; // a whole one, as it is read out

// ------------------------------------------------------------------------------------------------------------- time

const clock = { server: Date.parse(document.body.dataset.now), here: performance.now() };

function now() {
  return clock.server + performance.now() - clock.here;
}

function setClock(text) {
  const server = Date.parse(text ?? "");
  if (!Number.isNaN(server)) Object.assign(clock, { server, here: performance.now() });
}

// The same words as hotline/core/ages.py.
function age(instant) {
  const seconds = Math.max(0, Math.floor((now() - instant) / 1000));
  const day = document.body.dataset.daySign;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const minutes = String(Math.floor((seconds % 3600) / 60)).padStart(2, "0");
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${minutes}`;
  const days = Math.floor(seconds / 86_400);
  return days < 30 ? `${days} ${day} ${Math.floor((seconds % 86_400) / 3600)} h` : `${days} ${day}`;
}

function tick() {
  for (const element of document.querySelectorAll("time[data-age]")) {
    const text = age(Date.parse(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}

function timeOfDay(instant) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: ZONE }).format(instant);
}

// ------------------------------------------------------------------------------------------------- values in place

// Bring `old` to what `fresh` is, touching only what differs, so that focus, selection and scrolling stay where they are.
function morph(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.localName === "details")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.hasAttribute("data-append")) appendNew(old, fresh);
  else morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, place) => {
    const known = before[place];
    if (known === undefined) old.append(node);
    else if (known.nodeType !== node.nodeType || known.nodeName !== node.nodeName) known.replaceWith(node);
    else if (node.nodeType === Node.ELEMENT_NODE) morph(known, node);
    else if (known.nodeValue !== node.nodeValue) known.nodeValue = node.nodeValue;
  });
  before.slice(after.length).forEach((node) => node.remove());
}

// A list that only grows at its end: what is being read does not move.
function appendNew(old, fresh) {
  const last = Number(old.lastElementChild?.dataset.seq ?? -1);
  for (const item of [...fresh.children]) if (Number(item.dataset.seq) > last) old.append(item);
}

// ---------------------------------------------------------------------------------------------------------- live

class Live {
  constructor(part, sign) {
    this.part = part;
    this.sign = sign;
    this.heardAt = now();
    this.source = null;
    this.fetching = false;
    this.again = false;
    this.over = false;
  }

  start() {
    this.open();
    setInterval(() => this.watch(), 1000);
    setInterval(() => this.source?.readyState === EventSource.OPEN && this.refresh(), POLL_MS);
    // A hidden page needs no stream; a browser has about six for one host.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    addEventListener("pagehide", () => this.close());
  }

  open() {
    if (this.source !== null || this.over || document.hidden) return;
    const source = new EventSource(this.part.dataset.stream);
    this.source = source;
    source.addEventListener("open", () => this.refresh());
    source.addEventListener("alive", () => this.heard());
    source.addEventListener("calls", () => bar?.look());
    for (const name of EVENTS) {
      source.addEventListener(name, () => {
        this.heard();
        this.refresh();
      });
    }
    source.addEventListener("error", () => {
      this.lost();
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      this.source = null;
      setTimeout(() => this.open(), RETRY_MS);
      this.refresh();
    });
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  heard() {
    this.heardAt = now();
  }

  watch() {
    if (!document.hidden && now() - this.heardAt > ALIVE_MS) this.lost();
  }

  lost() {
    this.show("lost", this.sign.dataset.lost.replace("{time}", timeOfDay(this.heardAt)));
  }

  show(state, text) {
    if (this.over) return;
    this.sign.dataset.state = state;
    this.part.classList.toggle("stale", state !== "live");
    if (this.sign.textContent !== text) this.sign.textContent = text;
  }

  // One request at a time; events that come meanwhile are answered by one more.
  async refresh() {
    if (this.fetching) {
      this.again = true;
      return;
    }
    this.fetching = true;
    try {
      const asked = this.part.dataset.part;
      const response = await fetch(asked, { headers: { Accept: "text/html" } });
      const text = await response.text();
      if (response.status === 401) this.signedOut();
      else if (!response.ok) this.lost();
      else if (asked === this.part.dataset.part) this.take(text);
      else this.again = true; // the language of the call was changed meanwhile
    } catch {
      this.lost();
    } finally {
      this.fetching = false;
    }
    if (this.again) {
      this.again = false;
      this.refresh();
    }
  }

  take(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    const stamp = fresh.querySelector("[data-server-now]");
    setClock(stamp?.dataset.serverNow);
    morphChildren(this.part, fresh);
    if (stamp?.dataset.title) document.title = stamp.dataset.title;
    tick();
    if (this.source?.readyState === EventSource.OPEN) {
      this.heard();
      this.show("live", this.sign.dataset.live);
    }
  }

  signedOut() {
    this.show("lost", this.sign.dataset.over);
    this.over = true;
    this.close();
  }
}

const EVENTS = [
  "health_changed",
  "breach_opened",
  "breach_updated",
  "breach_cleared",
  "link_changed",
  "station_booted",
  "connector_changed",
  "charging_started",
  "charging_ended",
  "maintenance_changed",
  "security_noted",
  "equipment_noted",
  "quirk_noted",
  "contest_noted",
];

// A part that has no events of its own is fetched again every few seconds; not while somebody is in it.
class Again {
  constructor(part) {
    this.part = part;
  }

  start() {
    setInterval(() => this.look(), Number(this.part.dataset.every) * 1000);
  }

  async look() {
    if (document.hidden || this.part.contains(document.activeElement)) return;
    const response = await fetch(this.part.dataset.part).catch(() => null);
    if (!response?.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body;
    setClock(fresh.querySelector("[data-server-now]")?.dataset.serverNow);
    morphChildren(this.part, fresh);
    tick();
    pop();
  }
}

// A call that the telephone system put through opens its charger, once, unless the agent is writing.
function pop() {
  const link = document.querySelector("[data-pop]");
  if (link === null || sessionStorage.getItem("popped") === link.dataset.pop || typing(document.activeElement)) return;
  sessionStorage.setItem("popped", link.dataset.pop);
  const { pathname } = new URL(link.href);
  if (pathname !== location.pathname) location.assign(pathname);
}

// --------------------------------------------------------------------------------------------------------- notes

// What an agent writes is kept as it is written. Until the server has it, it also lies in this browser: a session that ends, a
// reload or a broken line loses nothing.
class Notes {
  constructor(form) {
    this.form = form;
    this.field = form.elements.notes;
    this.sign = form.querySelector("[data-kept]");
    this.name = `notes ${form.dataset.notes}`;
    this.timer = 0;
  }

  start() {
    const left = localStorage.getItem(this.name);
    if (left !== null && left !== this.field.value) {
      this.field.value = left;
      this.keep();
    }
    this.field.addEventListener("input", () => {
      localStorage.setItem(this.name, this.field.value);
      this.say(this.sign.dataset.waiting);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), KEEP_MS);
    });
    this.form.addEventListener("submit", () => clearTimeout(this.timer));
  }

  async keep() {
    const notes = this.field.value;
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ notes }) };
    const response = await fetch(this.form.dataset.notes, options).catch(() => null);
    if (response?.ok) {
      if (this.field.value === notes) localStorage.removeItem(this.name);
      this.say(this.sign.dataset.kept.replace("{time}", timeOfDay(now())));
    } else if (response?.status === 401) {
      this.say(this.sign.dataset.lost);
    } else {
      this.timer = setTimeout(() => this.keep(), RETRY_MS);
    }
  }

  say(text) {
    if (this.sign.textContent !== text) this.sign.textContent = text;
  }
}

// -------------------------------------------------------------------------------------------------------- search

function address(sticker) {
  return `/stations/${encodeURIComponent(sticker)}`;
}

function squeeze(text) {
  return text.toLowerCase().replace(/[^0-9a-z]/g, "");
}

class Suggestions {
  constructor(field, list) {
    this.field = field;
    this.list = list;
    this.states = JSON.parse(document.body.dataset.states);
    this.timer = 0;
    this.asked = 0;
    this.query = "";
    this.rows = [];
  }

  start() {
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), SUGGEST_MS);
    });
    this.field.form.addEventListener("keydown", (event) => this.move(event));
    this.field.form.addEventListener("submit", (event) => this.open(event));
    document.addEventListener("click", (event) => {
      if (!this.field.form.contains(event.target)) this.hide();
    });
  }

  async ask() {
    const query = this.field.value.trim();
    const number = ++this.asked;
    if (query.length < 2) return this.hide();
    const response = await fetch(`/api/v1/stations?q=${encodeURIComponent(query)}`).catch(() => null);
    if (number !== this.asked || !response?.ok) return;
    this.query = query;
    this.rows = await response.json();
    this.show(this.rows);
  }

  // Enter goes straight to a charger whose number is typed; the server finds the rest, and leads there by one answer more.
  open(event) {
    clearTimeout(this.timer);
    const typed = this.field.value.trim();
    const sticker = this.query === typed ? this.named(typed) : STICKER.test(typed) ? typed.toUpperCase() : null;
    if (sticker === null) return;
    event.preventDefault();
    location.assign(address(sticker));
  }

  // The only one that is spelt so, with or without its letters.
  named(typed) {
    const key = squeeze(typed);
    const spelt = this.rows.map((row) => row.sticker).filter((one) => [squeeze(one), one.replace(/\D/g, "")].includes(key));
    return key !== "" && spelt.length === 1 ? spelt[0] : null;
  }

  show(rows) {
    this.list.replaceChildren(...rows.slice(0, 8).map((row) => this.item(row)));
    this.list.hidden = rows.length === 0;
  }

  item(row) {
    const link = document.createElement("a");
    link.href = address(row.sticker);
    const parts = [
      ["b", row.sticker],
      ["bdi", row.address || row.site],
      ["span", this.states[row.state]],
    ];
    for (const [name, text] of parts) {
      const part = document.createElement(name);
      part.textContent = text;
      link.append(part);
    }
    link.lastChild.className = `state ${row.state}`;
    const item = document.createElement("li");
    item.append(link);
    return item;
  }

  move(event) {
    if (event.key === "Escape") this.hide();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const places = [this.field, ...this.list.querySelectorAll("a")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = places[places.indexOf(document.activeElement) + step];
    if (next === undefined || this.list.hidden) return;
    event.preventDefault();
    next.focus();
  }

  hide() {
    this.list.hidden = true;
  }
}

// ------------------------------------------------------------------------------------------ the language of the call

// Every saying is in the page; which one shows is this page's own choice, and the form's address keeps it for the next page.
function speak(button) {
  for (const one of button.form.elements) one.ariaPressed = String(one === button);
  for (const saying of document.querySelectorAll("[data-saying]")) saying.hidden = saying.lang !== button.value;
  const address = new URL(part.dataset.part, location.href);
  address.searchParams.set("say", button.value);
  part.dataset.part = address.pathname + address.search;
  fetch(`${button.form.action}?say=${button.value}`, { redirect: "manual" }).catch(() => null);
}

function onClick(event) {
  const button = event.target instanceof Element ? event.target.closest('button[name="say"]') : null;
  if (button === null) return;
  event.preventDefault();
  speak(button);
}

// ---------------------------------------------------------------------------------------------------------- keys

function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

function onKey(event) {
  const field = document.getElementById("q");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && field !== null) {
    event.preventDefault();
    field.focus();
    field.select();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target)) return;
  if (event.key === "/" && field !== null) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "l" || event.key === "L") {
    const tongues = [...document.querySelectorAll('button[name="say"]')];
    tongues[(tongues.findIndex((one) => one.ariaPressed === "true") + 1) % tongues.length]?.click();
  } else if (event.key === "n" || event.key === "N") {
    const notes = document.getElementById("notes");
    if (notes !== null) event.preventDefault();
    notes?.focus();
  } else if (event.key === "w" || event.key === "W") {
    document.querySelector("#wrap-up input")?.focus();
  } else if (event.key === "c" || event.key === "C") {
    document.querySelector("#calls-part form button")?.click();
  } else if (event.key === "s" || event.key === "S") {
    const complaint = document.querySelector(".complaint");
    if (complaint !== null) complaint.open = true;
    complaint?.querySelector("button, a")?.focus();
  } else if (/^[1-9]$/.test(event.key)) {
    document.querySelector(`[data-key="${event.key}"]`)?.click();
  } else if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  }
}

// --------------------------------------------------------------------------------------------------------- start

setInterval(tick, 1000);
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
let bar = null;
for (const element of document.querySelectorAll("[data-every]")) {
  const again = new Again(element);
  if (element.id === "calls-part") bar = again;
  again.start();
}
const part = document.getElementById("live-part");
const sign = document.getElementById("live-sign");
// The page is painted first: what the stream asks for at once would take its time.
if (part !== null && sign !== null) requestAnimationFrame(() => setTimeout(() => new Live(part, sign).start()));
pop();
for (const form of document.querySelectorAll("form[data-notes]")) new Notes(form).start();
const field = document.getElementById("q");
if (field !== null) new Suggestions(field, document.getElementById("suggestions")).start();
