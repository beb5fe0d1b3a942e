"use strict";
// A diagram is { boxes: [{ id, x, y, text }], links: [{ from, to }] }. Every change goes through
// `change`, which draws it and keeps it in the browser until the page is opened again.

const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 140, height: 60 };
const GRID = 10;
const KEPT_AS = "schemas.diagram";

const sheet = document.getElementById("sheet");
const statusLine = document.getElementById("status");
const connectButton = document.getElementById("connect");

let diagram = { boxes: [], links: [] };
let selected = null; // { box: id } or { link: index }
let connectFrom = null; // id of the box where a link starts
let connecting = false;
let drag = null; // { id, dx, dy }

// ---- the diagram ----

const boxOf = (id) => diagram.boxes.find((box) => box.id === id);
const snap = (value) => Math.max(0, Math.round(value / GRID) * GRID);
const nextId = () => diagram.boxes.reduce((highest, box) => Math.max(highest, box.id), 0) + 1;

function change(act) {
  act();
  draw();
  localStorage.setItem(KEPT_AS, JSON.stringify(diagram));
}

function addBox(x, y) {
  const box = { id: nextId(), x: snap(x), y: snap(y), text: "Boîte" };
  change(() => {
    diagram.boxes.push(box);
    selected = { box: box.id };
  });
}

function addLink(from, to) {
  const known = diagram.links.some((link) => link.from === from && link.to === to);
  if (from !== to && !known) change(() => diagram.links.push({ from, to }));
}

function removeSelected() {
  if (!selected) return;
  change(() => {
    if ("link" in selected) {
      diagram.links.splice(selected.link, 1);
    } else {
      diagram.boxes = diagram.boxes.filter((box) => box.id !== selected.box);
      diagram.links = diagram.links.filter((link) => link.from !== selected.box && link.to !== selected.box);
    }
    selected = null;
  });
}

function rename(id) {
  const text = prompt("Texte de la boîte", boxOf(id).text);
  if (text !== null) change(() => { boxOf(id).text = text; });
}

// Throws when `text` is not a diagram: a file from elsewhere must not break the sheet.
function parse(text) {
  const { boxes, links } = JSON.parse(text);
  const read = {
    boxes: boxes.map(({ id, x, y, text: label }) => ({ id: Number(id), x: Number(x), y: Number(y), text: String(label) })),
    links: links.map(({ from, to }) => ({ from: Number(from), to: Number(to) })),
  };
  const ids = new Set(read.boxes.map((box) => box.id));
  if (ids.size !== read.boxes.length || read.boxes.some((box) => ![box.id, box.x, box.y].every(Number.isFinite))) {
    throw new Error("boîtes illisibles");
  }
  if (read.links.some((link) => !ids.has(link.from) || !ids.has(link.to))) throw new Error("lien sans boîte");
  return read;
}

// ---- drawing ----

function element(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.append(node);
  return node;
}

// Where the line from the middle of `box` towards the middle of `other` leaves `box`.
function edge(box, other) {
  const dx = other.x - box.x;
  const dy = other.y - box.y;
  const middle = { x: box.x + BOX.width / 2, y: box.y + BOX.height / 2 };
  if (dx === 0 && dy === 0) return middle;
  const scale = Math.min(BOX.width / 2 / Math.abs(dx || 1e-9), BOX.height / 2 / Math.abs(dy || 1e-9));
  return { x: middle.x + dx * scale, y: middle.y + dy * scale };
}

function drawLink(link, index, parent) {
  const from = boxOf(link.from);
  const to = boxOf(link.to);
  const start = edge(from, to);
  const end = edge(to, from);
  const chosen = selected && selected.link === index;
  const line = { x1: start.x, y1: start.y, x2: end.x, y2: end.y };
  // A wide invisible line is easier to hit than the thin one.
  element("line", { ...line, stroke: "transparent", "stroke-width": 12, "data-link": index }, parent);
  element("line", {
    ...line, stroke: chosen ? "#2d5fbf" : "#556", "stroke-width": 2, "marker-end": "url(#arrow)", "pointer-events": "none",
  }, parent);
}

function drawBox(box, parent) {
  const chosen = (selected && selected.box === box.id) || connectFrom === box.id;
  const group = element("g", { "data-box": box.id, style: "cursor: move" }, parent);
  element("rect", {
    x: box.x, y: box.y, ...BOX, rx: 6, fill: "#f4f7fd", stroke: chosen ? "#2d5fbf" : "#556", "stroke-width": chosen ? 3 : 1.5,
  }, group);
  const label = element("text", {
    x: box.x + BOX.width / 2, y: box.y + BOX.height / 2, fill: "#223",
    "text-anchor": "middle", "dominant-baseline": "central", "font-family": "sans-serif", "font-size": 14,
  }, group);
  label.textContent = box.text;
}

function draw() {
  sheet.replaceChildren();
  const marker = element("marker", {
    id: "arrow", viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto",
  }, element("defs", {}, sheet));
  element("path", { d: "M0,0 L10,5 L0,10 z", fill: "#556" }, marker);
  diagram.links.forEach((link, index) => drawLink(link, index, sheet));
  diagram.boxes.forEach((box) => drawBox(box, sheet));
}

// ---- files ----

function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function exportSvg() {
  selected = connectFrom = null;
  draw();
  const copy = sheet.cloneNode(true);
  const right = Math.max(0, ...diagram.boxes.map((box) => box.x)) + BOX.width + 20;
  const bottom = Math.max(0, ...diagram.boxes.map((box) => box.y)) + BOX.height + 20;
  for (const name of ["id", "tabindex", "aria-label"]) copy.removeAttribute(name);
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("viewBox", `0 0 ${right} ${bottom}`);
  download("schema.svg", "image/svg+xml", new XMLSerializer().serializeToString(copy));
}

async function openFile(file) {
  try {
    const read = parse(await file.text());
    selected = connectFrom = null;
    change(() => { diagram = read; });
    statusLine.textContent = `${file.name} : ${read.boxes.length} boîtes, ${read.links.length} liens`;
  } catch (error) {
    statusLine.textContent = `${file.name} ne s’ouvre pas : ${error.message}`;
  }
}

// ---- pointer and keyboard ----

function setConnecting(on) {
  connecting = on;
  connectFrom = null;
  connectButton.setAttribute("aria-pressed", String(on));
  statusLine.textContent = on ? "Cliquer la boîte de départ, puis celle d’arrivée." : "";
  draw();
}

const pointIn = (event) => {
  const area = sheet.getBoundingClientRect();
  return { x: event.clientX - area.left, y: event.clientY - area.top };
};
const boxAt = (event) => Number(event.target.closest("[data-box]")?.dataset.box ?? NaN);

sheet.addEventListener("pointerdown", (event) => {
  const id = boxAt(event);
  const link = event.target.dataset.link;
  if (Number.isNaN(id)) {
    selected = link === undefined ? null : { link: Number(link) };
  } else if (connecting) {
    if (connectFrom === null) connectFrom = id;
    else { addLink(connectFrom, id); setConnecting(false); }
  } else {
    const point = pointIn(event);
    selected = { box: id };
    drag = { id, dx: point.x - boxOf(id).x, dy: point.y - boxOf(id).y };
    sheet.setPointerCapture(event.pointerId);
  }
  draw();
});
sheet.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const point = pointIn(event);
  Object.assign(boxOf(drag.id), { x: snap(point.x - drag.dx), y: snap(point.y - drag.dy) });
  draw();
});
sheet.addEventListener("pointerup", () => {
  if (drag) change(() => { drag = null; });
});
sheet.addEventListener("dblclick", (event) => {
  // The pointer is captured by the sheet while it is down: look at what lies under it.
  const hit = document.elementFromPoint(event.clientX, event.clientY).closest("[data-box]");
  const point = pointIn(event);
  if (hit) rename(Number(hit.dataset.box));
  else addBox(point.x - BOX.width / 2, point.y - BOX.height / 2);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Delete" || event.key === "Backspace") removeSelected();
  if (event.key === "Escape") setConnecting(false);
});

document.getElementById("add").addEventListener("click", () => addBox(40 + 20 * (diagram.boxes.length % 10), 40 + 20 * (diagram.boxes.length % 10)));
document.getElementById("delete").addEventListener("click", removeSelected);
document.getElementById("save").addEventListener("click", () => download("schema.json", "application/json", JSON.stringify(diagram, null, 2)));
document.getElementById("export").addEventListener("click", exportSvg);
document.getElementById("open").addEventListener("click", () => document.getElementById("file").click());
document.getElementById("file").addEventListener("change", (event) => {
  if (event.target.files[0]) openFile(event.target.files[0]);
  event.target.value = "";
});
connectButton.addEventListener("click", () => setConnecting(!connecting));

try {
  diagram = parse(localStorage.getItem(KEPT_AS) ?? '{"boxes":[],"links":[]}');
} catch {
  localStorage.removeItem(KEPT_AS);
}
draw();
