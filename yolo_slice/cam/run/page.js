// A picture opens large; the arrow keys then flip through the maps of the same input, in place, which shows small differences.
const large = document.querySelector("dialog");
const rows = [...document.querySelectorAll(".strip")].map(strip => [...strip.querySelectorAll(".view")]);
let row = 0, column = 0;

function show(r, c) {
  row = (r + rows.length) % rows.length;
  column = (c + rows[row].length) % rows[row].length;
  const view = rows[row][column], image = view.querySelector("img");
  large.querySelector("img").src = image.src;
  large.querySelector("img").alt = image.alt;
  large.querySelector("p").textContent =
    `${view.closest("section").querySelector("h2").textContent} · ${view.parentElement.querySelector("figcaption b").textContent}`;
  if (!large.open) large.showModal();
}

rows.forEach((views, r) => views.forEach((view, c) => view.addEventListener("click", () => show(r, c))));
const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const move = key => show(row + moves[key][0], column + moves[key][1]);
large.addEventListener("keydown", event => {
  if (!moves[event.key]) return;
  event.preventDefault();
  move(event.key);
});
large.querySelectorAll("[data-key]").forEach(button => button.addEventListener("click", () => move(button.dataset.key)));
large.querySelector("[data-close]").addEventListener("click", () => large.close());
large.addEventListener("close", () => rows[row][column].focus());
